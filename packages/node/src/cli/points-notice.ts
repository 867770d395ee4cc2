/** `--schedule` and `--wait` of commands whose power has a notice. */
import type { Hex } from '@veche/primitives'
import { type Command, Option } from 'commander'
import { type KnownContract, SERVICE_POINTS } from '../act/contracts.ts'
import { noticeEnds, scheduleAct, waitForNotices } from '../points/notice.ts'
import { type ActFlags, act, acting, openSigner, runActs } from './act.ts'

/** Options of a command that an office gives. */
export interface NoticeFlags extends ActFlags {
  readonly schedule: boolean
  readonly wait: boolean
}

/** A command that uses a delayed power. */
export function noticed(name: string, description: string): Command {
  return acting(name, description)
    .addOption(
      new Option('--schedule', 'only make it public: its notice begins')
        .default(false)
        .conflicts('wait'),
    )
    .option('--wait', 'make it public, wait for its notice, then do it', false)
}

/** Schedules, or does, or both with the wait between. */
export async function actWithNotice(
  flags: NoticeFlags,
  data: Hex,
  contract: KnownContract = SERVICE_POINTS,
): Promise<void> {
  const call = { contract, data }
  const scheduling = scheduleAct(contract, data)
  if (flags.schedule) return act(flags, scheduling)
  if (flags.wait && !flags.dryRun) {
    const { address: caller } = await openSigner(flags)
    const target = contract.address
    const notice = { rpcUrl: flags.rpc, caller, target, data }
    if ((await noticeEnds(notice)) === 0) await runActs(flags, [scheduling])
    await waitForNotices([notice], (text) => void process.stderr.write(text))
  }
  return act(flags, call)
}
