/**
 * An office's delayed power: scheduled in CityAccess, public for its notice, then used. The
 * observers may cancel in between.
 */
import { accepted, cityAccess } from '@veche/contracts'
import { type Address, type Hex, VecheError } from '@veche/primitives'
import { readContract } from '../act/act.ts'
import { CITY_ACCESS, type KnownContract } from '../act/contracts.ts'

/** The act that makes a call public, at the earliest time. */
export function scheduleAct(contract: KnownContract, data: Hex) {
  return {
    contract: CITY_ACCESS,
    data: cityAccess.encode.schedule(contract.address, data, 0),
  }
}

export interface Notice {
  readonly rpcUrl: string
  readonly caller: Address
  readonly target: Address
  readonly data: Hex
}

/** Unix seconds from which a scheduled call may run; 0 when none is scheduled. */
export async function noticeEnds({ rpcUrl, caller, target, data }: Notice): Promise<number> {
  const { encode, decode } = cityAccess
  const ask = (calldata: Hex) => readContract(rpcUrl, { contract: CITY_ACCESS, data: calldata })
  const id = accepted(decode.hashOperation(await ask(encode.hashOperation(caller, target, data))))
  return accepted(decode.getSchedule(await ask(encode.getSchedule(id))))
}

/** Seconds that a command waits for a notice; longer ones are for a calendar. */
const WAIT_SECONDS_MAX = 600

/** Resolves when every notice is over. Throws `NOTICE_TOO_LONG` when that is far away. */
export async function waitForNotices(
  notices: readonly Notice[],
  say: (text: string) => void,
): Promise<void> {
  const ends = Math.max(...(await Promise.all(notices.map(noticeEnds))))
  const seconds = ends + 1 - Math.floor(Date.now() / 1000)
  if (seconds > WAIT_SECONDS_MAX)
    throw new VecheError(
      'NOTICE_TOO_LONG',
      `the notice ends at ${new Date(ends * 1000).toISOString()}: repeat the command then, without --schedule`,
    )
  if (seconds <= 0) return
  say(`public for ${seconds} s more\n`)
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
}
