/** `veche fairs ceremony …`: members of a beacon make their key and sign with it, in files. */
import {
  CEREMONY_FORMAT,
  type CeremonyStep,
  foldReveals,
  secretCommitment,
  seedMessage,
  stepTypedData,
  type Unsigned,
} from '@veche/contracts/fairs'
import { type Address, type Hash, isAddress, type Signer, VecheError } from '@veche/primitives'
import { Command } from 'commander'
import { toJson } from '../act/describe.ts'
import { writeJsonFile } from '../act/files.ts'
import {
  beaconOfFolder,
  type CeremonyFolder,
  ceremonyOutcome,
  combineParts,
  createCeremonyFolder,
  type MemberAct,
  makePart,
  makeSteps,
  memberSecret,
  readCeremony,
  seasonSecret,
  signStep,
  stepName,
  writeStep,
} from '../fairs/beacon.ts'
import * as acts from '../fairs/season-acts.ts'
import {
  type ActFlags,
  act,
  acting,
  openSigner,
  type SignFlags,
  signing,
  signMessage,
} from './act.ts'
import {
  chainIdOption,
  outOption,
  readSeason,
  type SeasonFlags,
  seasonOption,
  toHash,
} from './fairs-options.ts'
import { integer, jsonOption, rpcOption } from './options.ts'

interface DirFlags {
  readonly dir: string
}

const dirOption = ['--dir <dir>', 'folder of the ceremony'] as const

interface InitFlags extends DirFlags {
  readonly chainId: number
  readonly title: string
  readonly threshold: number
  readonly members: string
}

async function init(flags: InitFlags): Promise<void> {
  const members = flags.members.split(',').map((text) => text.trim().toLowerCase())
  const wrong = members.find((text) => !isAddress(text))
  if (wrong !== undefined) throw new VecheError('USAGE', `--members: an address expected: ${wrong}`)
  await createCeremonyFolder(flags.dir, {
    ...{ format: CEREMONY_FORMAT, kind: 'ceremony', chainId: flags.chainId },
    ...{ title: flags.title, threshold: flags.threshold },
    members: [...(members as Address[])].sort(),
  })
  process.stdout.write(`${flags.threshold} of ${members.length} members sign: ${flags.dir}\n`)
}

type MemberFlags = SignFlags & DirFlags

/** Shows a step, asks, signs and writes it into the folder. */
async function signInto(
  flags: SignFlags,
  folder: CeremonyFolder,
  { signer, step }: { readonly signer: Signer; readonly step: Unsigned<CeremonyStep> },
): Promise<void> {
  const typed = stepTypedData(step, folder.ceremony.chainId)
  // asks and shows; the file then gets the signature in the form of the ceremony
  if ((await signMessage(flags, typed, signer)) === undefined) return
  const signed = await signStep<CeremonyStep>(folder.ceremony, signer, step)
  const path = await writeStep(folder, signed)
  process.stdout.write(
    flags.json ? `${toJson({ file: path })}\n` : `${stepName(signed)}: ${path}\n`,
  )
}

function memberCommand(name: string, what: string, kind: MemberAct): Command {
  return signing(name, `member: ${what}`)
    .requiredOption(...dirOption)
    .action(async (flags: MemberFlags) => {
      const signer = await openSigner(flags)
      const folder = await readCeremony(flags.dir)
      const steps = await makeSteps(folder, signer, kind)
      for (const step of steps) await signInto(flags, folder, { signer, step })
      if (steps.length === 0)
        process.stdout.write('every share is good: nothing to complain about\n')
    })
}

async function outcome(flags: DirFlags & { readonly json: boolean }): Promise<void> {
  const folder = await readCeremony(flags.dir)
  const { group, deals, faults } = ceremonyOutcome(folder)
  const counted = deals.map(({ member }) => member)
  if (flags.json) {
    const beacon = beaconOfFolder(folder)
    process.stdout.write(`${toJson({ ...group, counted, faults, beacon })}\n`)
    return
  }
  process.stdout.write(
    `group key ${group.groupKey}\nof the deals of members ${counted.join(', ')}\n`,
  )
  for (const { member, code, reason } of faults)
    process.stdout.write(`member ${member}: ${reason} [${code}]\n`)
}

interface PartialFlags extends SignFlags, DirFlags {
  readonly message: Hash
}

async function partial(flags: PartialFlags): Promise<void> {
  const signer = await openSigner(flags)
  const folder = await readCeremony(flags.dir)
  const step = await makePart(folder, signer, flags.message)
  await signInto(flags, folder, { signer, step })
}

interface CombineFlags extends DirFlags {
  readonly message: Hash
  readonly out: string
  readonly json: boolean
}

async function combine(flags: CombineFlags): Promise<void> {
  const signature = combineParts(await readCeremony(flags.dir), flags.message)
  const file = { format: 'veche-fair-signature/1', message: flags.message, signature }
  await writeJsonFile(flags.out, file)
  process.stdout.write(flags.json ? `${toJson(file)}\n` : `${signature}\n`)
}

type OnChainFlags = ActFlags & SeasonFlags & DirFlags

/** The member's secret for a season, or what it binds itself to. */
async function secretAct(flags: OnChainFlags, kind: 'commit' | 'reveal'): Promise<void> {
  const signer: Signer = await openSigner(flags)
  const { ceremony } = await readCeremony(flags.dir)
  const { season } = flags
  const secret = seasonSecret(await memberSecret(ceremony, signer), season)
  const { address } = signer
  await act(
    flags,
    kind === 'commit'
      ? acts.commitSecret(season, secretCommitment(season, address, secret))
      : acts.revealSecret(season, address, secret),
  )
}

/** What the group has to sign for the seed, from the log. */
async function message(flags: SeasonFlags & { readonly json: boolean }): Promise<void> {
  const { log, place } = await readSeason(flags)
  const reveals = log.flatMap((entry) => (entry.name === 'SecretRevealed' ? [entry.args] : []))
  const list = log.find((entry) => entry.name === 'Frozen')
  const block = log.find((entry) => entry.name === 'FreezeBlockCaptured')
  if (list?.name !== 'Frozen' || block?.name !== 'FreezeBlockCaptured')
    throw new VecheError('USAGE', 'a frozen list and its captured block expected in the season')
  const { root } = list.args
  const { blockHash } = block.args
  const hash = seedMessage(place, { root, blockHash, reveals: foldReveals(reveals) })
  process.stdout.write(flags.json ? `${toJson({ message: hash })}\n` : `${hash}\n`)
}

function chainCommands(): Command[] {
  return [
    acting('commit', 'member: bind yourself to a secret, before the list is frozen')
      .addOption(seasonOption())
      .requiredOption(...dirOption)
      .action((flags: OnChainFlags) => secretAct(flags, 'commit')),
    acting('reveal', 'member: open that secret, after the list is frozen')
      .addOption(seasonOption())
      .requiredOption(...dirOption)
      .action((flags: OnChainFlags) => secretAct(flags, 'reveal')),
    new Command('message')
      .description('the message that members sign for the seed')
      .addOption(rpcOption())
      .addOption(seasonOption())
      .addOption(jsonOption())
      .action(message),
  ]
}

/** The `ceremony` group. */
export function ceremonyCommand(): Command {
  const messageOption = ['--message <0x…>', 'the 32 bytes that the group signs', toHash] as const
  const commands = [
    new Command('init')
      .description('begin: who signs together, and how many of them')
      .requiredOption(...dirOption)
      .addOption(chainIdOption())
      .requiredOption('--title <text>', 'for people: what the key is for')
      .requiredOption('--threshold <n>', 'how many sign together', integer(1, 16))
      .requiredOption('--members <addresses>', 'accounts, with commas between')
      .action(init),
    memberCommand('join', 'take part', 'join'),
    memberCommand('share', 'deal shares to all, when all have joined', 'share'),
    memberCommand('complain', 'prove bad shares, when all have dealt', 'complain'),
    new Command('outcome')
      .description('anybody: check the folder, give the key and who counts')
      .requiredOption(...dirOption)
      .addOption(jsonOption())
      .action(outcome),
    signing('partial', 'member: sign your part of a message')
      .requiredOption(...dirOption)
      .requiredOption(...messageOption)
      .action(partial),
    new Command('combine')
      .description('anybody: put the parts of a message together')
      .requiredOption(...dirOption)
      .requiredOption(...messageOption)
      .addOption(outOption())
      .addOption(jsonOption())
      .action(combine),
    ...chainCommands(),
  ]
  const group = new Command('ceremony').description('the key of a beacon, and what it signs')
  for (const each of commands) group.addCommand(each)
  return group
}
