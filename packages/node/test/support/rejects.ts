/** Asserts the code of a VecheError; tests assert codes, never prose. */
import { VecheError } from '@veche/primitives'
import * as assert from 'uvu/assert'

/** Runs and returns the VecheError of this code, or fails. */
export async function rejects(run: () => unknown, code: string): Promise<VecheError> {
  let caught: unknown
  try {
    await run()
  } catch (error) {
    caught = error
  }
  assert.instance(caught, VecheError, `VecheError ${code} expected, got ${String(caught)}`)
  const failure = caught as VecheError
  assert.is(failure.code, code)
  return failure
}
