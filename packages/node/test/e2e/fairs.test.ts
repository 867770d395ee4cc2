/**
 * A season of the fairs on a four-validator network: applicants with keys of their own, a seed by a
 * real ceremony, a draw, waiting lists, attendance; the reference agrees with the chain, and the
 * command line shows and audits the season.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openCity } from '../../src/city/city.ts'
import { loadProfile } from '../../src/load/profiles.ts'
import { runLoad } from '../../src/load/run.ts'
import { runMain } from '../support/run-main.ts'

const APPLICATIONS = 60

test('a season of the fairs from the draft to the settlement is what the reference gets', async () => {
  const made = mkdtempSync(join(tmpdir(), 'veche-fairs-'))
  const dataDir = join(made, 'city')
  const say = (): void => undefined
  const city = await openCity({ dataDir, validators: 4, observers: 1, rpcPort: 0, say })
  try {
    await city.firstFinalBlock()
    const summary = await runLoad({
      profile: await loadProfile('fairs'),
      ...{ seed: 'e2e', count: APPLICATIONS, rpcUrl: city.rpcUrl, keysDir: join(dataDir, 'keys') },
      ...{ validators: 4, realDir: made, signal: new AbortController().signal, say },
    })
    assert.equal(summary.check.differences, [])
    assert.is(summary.check.compared['applications'], 1)
    const { season, eligible, metrics } = summary.facts as {
      season: string
      eligible: number
      metrics: { eligible: number; places: number }
    }
    assert.is(metrics.eligible, eligible)
    assert.ok(metrics.places > 0)

    const options = ['--rpc', city.rpcUrl, '--season', season, '--json']
    const audit = await runMain('fairs', 'audit', ...options)
    assert.is(audit.status, 0, audit.stdout)
    assert.equal(JSON.parse(audit.stdout).differences, [])
    const show = await runMain('fairs', 'show', ...options)
    assert.is(JSON.parse(show.stdout).stage, 'settled')
  } finally {
    await city.stop()
    rmSync(made, { recursive: true, force: true })
  }
})

test.run()
