/**
 * `veche titles commit|draft|sign|submit`: a deed's way. Somebody drafts it, everybody signs the
 * file offline with their own key, the registrar submits it.
 */
import { randomBytes } from 'node:crypto'
import {
  ownerCommitment,
  TITLE_ACTS,
  TITLE_REGISTRY_ADDRESS,
  type TitleActKind,
  titleRegistry,
} from '@veche/contracts'
import { bytesToHex, isHash, VecheError, ZERO_HASH } from '@veche/primitives'
import { Command, Option } from 'commander'
import { TITLE_REGISTRY } from '../act/contracts.ts'
import { readJsonFile, writeJsonFile } from '../act/files.ts'
import { hashShape, objectShape } from '../act/shape.ts'
import { callRpc } from '../json-rpc.ts'
import {
  actFromPairs,
  actOf,
  checkedAct,
  readTitleAct,
  SIGNER_ROLES,
  type SignerRole,
  TITLE_ACT_FORMAT,
  type TitleActFile,
  writeTitleAct,
} from '../titles/act-file.ts'
import { propertyFrom, readTitle } from '../titles/read.ts'
import { actTypedData } from '../titles/sign-act.ts'
import { titleActCall } from '../titles/submit.ts'
import {
  type ActFlags,
  act,
  acting,
  openSigner,
  type SignFlags,
  signing,
  signMessage,
} from './act.ts'
import { jsonOption, printJson, rpcOption } from './options.ts'

const KINDS = Object.keys(TITLE_ACTS) as TitleActKind[]
const OPENING = objectShape({ party: hashShape, salt: hashShape })
/** a month to gather signatures */
const DEADLINE_SECONDS = 30 * 86_400

async function commit({ party, out, json }: { party: string; out: string; json: boolean }) {
  const plain = party.toLowerCase()
  const word = /^0x[0-9a-f]{40}$/.test(plain) ? `0x${plain.slice(2).padStart(64, '0')}` : plain
  if (!isHash(word))
    throw new VecheError('USAGE', `--party: an address or an identity expected, got ${party}`)
  const opening = { party: word, salt: bytesToHex(new Uint8Array(randomBytes(32))) }
  await writeJsonFile(out, opening)
  const ownerC = ownerCommitment(opening)
  if (json) printJson({ ownerC, file: out })
  else process.stdout.write(`${ownerC}; what opens it is in ${out}: keep it\n`)
}

interface DraftFlags {
  readonly rpc: string
  readonly kind: TitleActKind
  readonly property?: readonly string[]
  readonly set: readonly string[]
  readonly out: string
}

async function draft({ rpc, kind, property = [], set, out }: DraftFlags): Promise<void> {
  const ids = property.map(propertyFrom)
  const heads = await Promise.all(ids.map(async (id) => (await readTitle(rpc, id)).head))
  const fields = new Set<string>(TITLE_ACTS[kind].map(({ name }) => name))
  const deadline = Math.floor(Date.now() / 1_000) + DEADLINE_SECONDS
  const known: Readonly<Record<string, unknown>> = {
    ...{ propertyId: ids[0], prevHead: heads[0], propertyIds: ids, prevHeads: heads },
    ...{ newConsentC: ZERO_HASH, deadline },
  }
  const defaults = Object.fromEntries(
    Object.entries(known).filter(([name, value]) => fields.has(name) && value !== undefined),
  )
  const chainId = Number(await callRpc(rpc, 'eth_chainId', []))
  const file: TitleActFile = {
    ...{ format: TITLE_ACT_FORMAT, chainId, contract: TITLE_REGISTRY_ADDRESS, kind },
    act: checkedAct(kind, { ...defaults, ...actFromPairs(kind, set) }),
    ...{ openings: {}, signatures: {}, holders: [] },
  }
  await writeTitleAct(out, file)
  process.stdout.write(`draft of ${kind} written to ${out}\n`)
}

interface SignActFlags extends SignFlags {
  readonly file: string
  readonly as: SignerRole
  readonly opening?: string
  readonly out: string
}

/** Whose opening a role brings along. */
function withOpening(
  file: TitleActFile,
  role: SignerRole,
  opening: object,
): TitleActFile['openings'] {
  if (role === 'owner' || role === 'buyer' || role === 'seller')
    return { ...file.openings, [role]: opening }
  throw new VecheError('USAGE', `--opening goes with owner, buyer or seller, not with ${role}`)
}

async function sign(flags: SignActFlags): Promise<void> {
  const file = await readTitleAct(flags.file)
  const opening =
    flags.opening === undefined ? undefined : await readJsonFile(flags.opening, OPENING)
  const openings = opening === undefined ? file.openings : withOpening(file, flags.as, opening)
  const signer = await openSigner(flags)
  const { chainId, contract } = file
  const data = await signMessage(flags, actTypedData({ chainId, contract }, actOf(file)), signer)
  if (data === undefined) return
  const signature = { account: signer.address, data }
  // a holder of a Transfer stands in the list; of a release alone
  const inList = flags.as === 'holder' && file.kind !== 'LienRelease'
  const signed = inList
    ? { ...file, openings, holders: [...file.holders, signature] }
    : { ...file, openings, signatures: { ...file.signatures, [flags.as]: signature } }
  await writeTitleAct(flags.out, signed)
  process.stdout.write(`signed as ${flags.as} by ${signer.address}, written to ${flags.out}\n`)
}

async function submit(flags: ActFlags & { readonly file: string }): Promise<void> {
  const file = await readTitleAct(flags.file)
  await act(flags, { contract: TITLE_REGISTRY, data: titleActCall(file) })
}

interface HolderFlags extends ActFlags {
  readonly property: string
  readonly lien: string
}

function lienEnd(kind: 'satisfyLien' | 'expireLien') {
  return async (flags: HolderFlags): Promise<void> => {
    const id = propertyFrom(flags.property)
    const data = titleRegistry.encode[kind](id, Number(flags.lien))
    await act(flags, { contract: TITLE_REGISTRY, data })
  }
}

const ending = (name: string, description: string): Command =>
  acting(name, description)
    .requiredOption('--property <number|0x…>', 'cadastral number, or id')
    .requiredOption('--lien <n>', 'its number within the title')

export function deedCommands(): readonly Command[] {
  return [
    new Command('commit')
      .description('an owner: make a fresh commitment, and the file that opens it')
      .requiredOption('--party <0x…>', 'identity, or account')
      .requiredOption('--out <file.json>', 'new file')
      .addOption(jsonOption())
      .action(commit),
    new Command('draft')
      .description('write a deed that everybody can sign')
      .addOption(rpcOption())
      .addOption(new Option('--kind <kind>', 'what').choices(KINDS).makeOptionMandatory())
      .option('--property <numbers...>', 'cadastral numbers or ids; several for a merge')
      .option('--set <name=value...>', 'fields of the deed, such as newOwnerC=0x…', [])
      .requiredOption('--out <file.json>', 'new file')
      .action(draft),
    signing('sign', 'put a signature under a deed, offline')
      .requiredOption('--file <file.json>', 'the deed so far')
      .addOption(new Option('--as <role>', 'as whom').choices(SIGNER_ROLES).makeOptionMandatory())
      .option('--opening <file.json>', 'opens the commitment of owner, buyer or seller')
      .requiredOption('--out <file.json>', 'new file')
      .action(sign),
    acting('submit', 'registrar: submit what everybody signed')
      .requiredOption('--file <file.json>', 'the signed deed')
      .action(submit),
    ending('satisfy-lien', 'holder: the debt is paid').action(lienEnd('satisfyLien')),
    ending('expire-lien', 'anybody: the time of a lien has passed').action(lienEnd('expireLien')),
  ]
}
