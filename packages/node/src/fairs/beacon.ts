/**
 * A member of a season's beacon at work with its keystore: the folder of a key ceremony, its
 * secrets, its partial signatures. The member's secret of a ceremony is a deterministic signature
 * (RFC 6979) of its own account over a text that nothing else makes, hashed: nothing more to keep,
 * nothing more to lose (docs/adr/0136).
 */
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import {
  beaconOf,
  type Ceremony,
  type CeremonyFile,
  type CeremonyOutcome,
  type CeremonyPartial,
  type CeremonyStep,
  ceremonyId,
  combinePartials,
  contentHash,
  decodeCeremonyFile,
  findComplaints,
  judgeCeremony,
  type MemberSecret,
  makeDeal,
  makeJoin,
  makePartial,
  type SeasonBeacon,
  shareOf,
  stepDigest,
  type Unsigned,
} from '@veche/contracts/fairs'
import {
  type Address,
  bytesToHex,
  concatBytes,
  equalBytes,
  type Hash,
  type Hex,
  hexToBytes,
  keccak256,
  type Result,
  type Signer,
  utf8ToBytes,
  VecheError,
} from '@veche/primitives'
import { readJsonFile, writeJsonFile } from '../act/files.ts'
import { CEREMONY_FILES_MAX } from '../limits.ts'

const LABEL = utf8ToBytes('veche-ceremony/1 secret of a member')

function unwrap<T>(result: Result<T>): T {
  if (result.ok) return result.value
  throw new VecheError(result.code, result.reason)
}

/** A folder of ceremony files, as they lie there; nothing is believed yet. */
export interface CeremonyFolder {
  readonly directory: string
  readonly ceremony: Ceremony
  readonly steps: readonly CeremonyStep[]
}

const file = (value: unknown): Result<CeremonyFile> => decodeCeremonyFile(value)

/** Reads `*.json` of a folder. Throws `CEREMONY_MALFORMED` with the file, `FILE_UNREADABLE`. */
export async function readCeremony(directory: string): Promise<CeremonyFolder> {
  const names = await readdir(directory).catch((cause: unknown) => {
    throw new VecheError('FILE_UNREADABLE', `a folder of a ceremony expected at ${directory}`, {
      cause,
    })
  })
  const found = names.filter((name) => name.endsWith('.json')).sort()
  if (found.length > CEREMONY_FILES_MAX)
    throw new VecheError('CEREMONY_MALFORMED', `at most ${CEREMONY_FILES_MAX} files expected`)
  const files = await Promise.all(found.map((name) => readJsonFile(join(directory, name), file)))
  const [ceremony, second] = files.filter((each) => each.kind === 'ceremony')
  if (ceremony === undefined || second !== undefined)
    throw new VecheError('CEREMONY_MALFORMED', `one file of kind ceremony expected in ${directory}`)
  const steps = files.filter((each) => each.kind !== 'ceremony')
  return { directory, ceremony, steps }
}

/** Begins a ceremony: a new folder with the file that its members agree on. */
export async function createCeremonyFolder(directory: string, ceremony: Ceremony): Promise<void> {
  unwrap(decodeCeremonyFile(ceremony))
  await mkdir(directory, { recursive: true })
  await writeJsonFile(join(directory, 'ceremony.json'), ceremony)
}

/** Which share an account has. Throws `CEREMONY_STRANGER`. */
export function memberIndex(ceremony: Ceremony, address: Address): number {
  const at = ceremony.members.indexOf(address)
  if (at >= 0) return at + 1
  throw new VecheError('CEREMONY_STRANGER', `${address} is no member of this ceremony`)
}

/** The member's secret. Throws `SIGNER_NOT_DETERMINISTIC` for a key that signs with randomness. */
export async function memberSecret(ceremony: Ceremony, signer: Signer): Promise<MemberSecret> {
  const digest = keccak256(concatBytes(LABEL, hexToBytes(ceremonyId(ceremony))))
  const signature = await signer.sign(digest)
  if (!equalBytes(signature, await signer.sign(digest)))
    throw new VecheError(
      'SIGNER_NOT_DETERMINISTIC',
      'the same signature twice expected of this key: use a keystore',
    )
  const index = memberIndex(ceremony, signer.address)
  return { index, secret: keccak256(concatBytes(LABEL, signature)) }
}

/** The secret that a member reveals in a season; committed to before the freeze. */
export function seasonSecret({ secret }: MemberSecret, season: Address): Hash {
  const label = utf8ToBytes('veche-ceremony/1 reveal')
  return bytesToHex(keccak256(concatBytes(label, secret, hexToBytes(season)))) as Hash
}

/** A step with its member's signature. */
export async function signStep<Step extends CeremonyStep>(
  ceremony: Ceremony,
  signer: Signer,
  step: Unsigned<Step>,
): Promise<Step> {
  const content = step as Unsigned<CeremonyStep>
  const signature = bytesToHex(await signer.sign(stepDigest(content, ceremony.chainId)))
  return { ...content, signature } as unknown as Step
}

/** Name of a step's file: kind, member, and what tells two of a kind apart. */
export function stepFileName(step: CeremonyStep): string {
  const tail =
    step.kind === 'complaint'
      ? `-about-${step.dealer}`
      : step.kind === 'partial'
        ? `-${step.message.slice(2, 12)}`
        : ''
  return `${step.kind}-${step.member}${tail}.json`
}

/** Which steps a member can take with the folder alone. */
export type MemberAct = 'join' | 'share' | 'complain'

/** Makes the steps of an act, unsigned. Throws what the ceremony refuses with. */
export async function makeSteps(
  folder: CeremonyFolder,
  signer: Signer,
  act: MemberAct,
): Promise<Unsigned<CeremonyStep>[]> {
  const { ceremony, steps } = folder
  const member = await memberSecret(ceremony, signer)
  if (act === 'join') return [makeJoin(ceremony, member)]
  if (act === 'share') {
    const joins = steps.filter((step) => step.kind === 'join')
    return [unwrap(makeDeal(ceremony, joins, member))]
  }
  const deals = steps.filter((step) => step.kind === 'deal')
  return findComplaints(ceremony, deals, member)
}

/** The outcome of a ceremony. Throws what {@link judgeCeremony} refuses with. */
export function ceremonyOutcome({ ceremony, steps }: CeremonyFolder): CeremonyOutcome {
  return unwrap(judgeCeremony(ceremony, steps))
}

/** The beacon of a finished ceremony, as freezeRules takes it. */
export function beaconOfFolder(folder: CeremonyFolder): SeasonBeacon {
  return beaconOf(ceremonyOutcome(folder).group, folder.ceremony.members)
}

/** This member's part of the signature over a message, unsigned as a step. */
export async function makePart(
  folder: CeremonyFolder,
  signer: Signer,
  message: Hash,
): Promise<Unsigned<CeremonyPartial>> {
  const { ceremony } = folder
  const member = await memberSecret(ceremony, signer)
  const { deals } = ceremonyOutcome(folder)
  const share = unwrap(shareOf(ceremony, deals, member))
  return makePartial(ceremony, share, { index: member.index, message })
}

/** The group's signature over a message from the partial signatures in the folder. */
export function combineParts(folder: CeremonyFolder, message: Hash): Hex {
  const { group } = ceremonyOutcome(folder)
  const parts = folder.steps
    .filter((step) => step.kind === 'partial')
    .filter((step) => step.message === message)
    .map(({ member, part }) => ({ index: member, signature: part }))
  return unwrap(combinePartials(parts, message, group))
}

/** Writes a signed step into its folder. Throws `FILE_EXISTS`. */
export async function writeStep(folder: CeremonyFolder, step: CeremonyStep): Promise<string> {
  const path = join(folder.directory, stepFileName(step))
  await writeJsonFile(path, step)
  return path
}

/** Short name of a step for people: kind, member, hash. */
export function stepName(step: CeremonyStep): string {
  return `${step.kind} of member ${step.member}, ${contentHash(step).slice(0, 12)}`
}
