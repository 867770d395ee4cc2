/** A fork is scheduled on the running network, one node at a time; one node is forgotten. */
import { rollingUpgrade } from '../support/upgrade.ts'
import type { Finding, Scenario } from './scenario.ts'
import { OBSERVER, VALIDATORS, type World } from './world.ts'

async function upgradeAll({ drill, load }: World): Promise<Finding> {
  const options = { load, validators: VALIDATORS, forgotten: OBSERVER, sender: 'issuer-8' }
  const { awayMs, firstBlock } = await rollingUpgrade(drill, options)
  return {
    checked: [
      'goes on through every restart',
      'the new opcode works after the fork and not before',
      'the forgotten node stops with NODE_TOO_OLD',
    ],
    figures: {
      'longest away': `${Math.round(Math.max(...awayMs))} ms`,
      'first block of the fork': firstBlock,
    },
  }
}

export const upgrade: Scenario = {
  name: 'upgrade',
  fault: 'Osaka is scheduled, validators are restarted one by one, an observer is forgotten',
  run: upgradeAll,
}
