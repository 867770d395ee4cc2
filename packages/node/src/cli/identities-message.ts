/** `veche identities key|draft|request|sign|submit`: what holders say, up to the transaction. */
import { addressSigner, signerKeyHash } from '@veche/contracts'
import { type Hash, type Hex, isHash, VecheError, ZERO_HASH } from '@veche/primitives'
import { Command, Option } from 'commander'
import { IDENTITY_REGISTRY } from '../act/contracts.ts'
import { toJson } from '../act/describe.ts'
import { readJsonFile, writeJsonFile } from '../act/files.ts'
import { openPemFile } from '../departments/keys.ts'
import {
  ASSURANCE_MAX,
  addIdentitySignature,
  IDENTITY_FORMAT,
  type IdentityFile,
  identityFileShape,
  identityTypedData,
} from '../identities/message-file.ts'
import { readIdentity, readRegistered } from '../identities/read.ts'
import { identityCall } from '../identities/submit.ts'
import { callRpc } from '../json-rpc.ts'
import { keystoreAddress } from '../keystore.ts'
import { readKeystoreFile } from '../keystore-file.ts'
import { type ActFlags, act, acting } from './act.ts'
import { integer, jsonOption, rpcOption } from './options.ts'
import {
  type PersonFlags,
  personSigning,
  requestCommand,
  signerFrom,
  signPersonally,
} from './person.ts'

/** The hash of a key: of a signer, as 32 bytes, or zero for `none`. Throws `USAGE`. */
export function keyHashFrom(text: string): Hash {
  const lower = text.toLowerCase()
  if (lower === 'none') return ZERO_HASH
  return isHash(lower) ? lower : signerKeyHash(signerFrom(lower))
}

interface KeyFlags {
  readonly keystore?: string
  readonly pem?: string
  readonly json: boolean
}

/** The address stands in the keystore in the open: no password is asked. */
async function keystoreOwner(path: string): Promise<Hex> {
  const address = keystoreAddress(await readKeystoreFile(path))
  if (address !== undefined) return addressSigner(address)
  throw new VecheError('KEYSTORE_INVALID', `${path}: a keystore with an address expected`)
}

async function key({ keystore, pem, json }: KeyFlags): Promise<void> {
  if ((keystore === undefined) === (pem === undefined))
    throw new VecheError('USAGE', 'either --keystore or --pem expected')
  const signer =
    pem === undefined ? await keystoreOwner(keystore ?? '') : (await openPemFile(pem)).signer
  const told = { signer, keyHash: signerKeyHash(signer) }
  process.stdout.write(
    json ? `${toJson(told)}\n` : `signer ${told.signer}\nkey hash ${told.keyHash}\n`,
  )
}

/** `identities key`. */
export const keyCommand = (): Command =>
  new Command('key')
    .description('signer and key hash of a key; offline')
    .option('--keystore <file>', 'web3 keystore v3')
    .option('--pem <file>', 'P-256 private key in PEM')
    .addOption(jsonOption())
    .action(key)

const KINDS = {
  registration: 'Registration',
  rotation: 'Rotation',
  recovery: 'Recovery',
  objection: 'Objection',
  acceptance: 'Acceptance',
  suspension: 'HolderSuspension',
} as const

interface DraftFlags {
  readonly rpc: string
  readonly kind: keyof typeof KINDS
  readonly id: string
  readonly key?: string
  readonly recovery?: string
  readonly assurance: number
  readonly hours: number
  readonly out: string
  readonly json: boolean
}

function needed(value: string | undefined, option: string): Hash {
  if (value === undefined) throw new VecheError('USAGE', `${option} expected`)
  return keyHashFrom(value)
}

async function drafted(flags: DraftFlags): Promise<IdentityFile> {
  const { rpc, assurance } = flags
  const idC = flags.id.toLowerCase()
  if (!isHash(idC)) throw new VecheError('USAGE', `--id: 32 bytes expected, got ${flags.id}`)
  const kind = KINDS[flags.kind]
  const chainId = Number(await callRpc(rpc, 'eth_chainId', []))
  const deadline = Math.floor(Date.now() / 1000) + flags.hours * 3_600
  const common = { format: IDENTITY_FORMAT, chainId, idC, deadline, signatures: [] } as const
  if (kind === 'Registration') {
    const keyHash = needed(flags.key, '--key')
    const recoveryHash = needed(flags.recovery, '--recovery')
    return { ...common, kind, keyHash, recoveryHash, assurance }
  }
  const { epoch, version } = await readRegistered(rpc, idC)
  if (kind === 'HolderSuspension') return { ...common, kind, version }
  const newKeyHash = needed(flags.key, '--key')
  return {
    ...common,
    kind,
    epoch,
    newKeyHash,
    newRecoveryHash: needed(flags.recovery, '--recovery'),
  }
}

async function draft(flags: DraftFlags): Promise<void> {
  await writeJsonFile(flags.out, await drafted(flags))
  process.stdout.write(flags.json ? `${toJson({ file: flags.out })}\n` : `wrote ${flags.out}\n`)
}

/** `identities draft`. */
export const draftCommand = (): Command =>
  new Command('draft')
    .description('write a message for the holder to sign')
    .addOption(
      new Option('--kind <what>', 'which message')
        .choices(Object.keys(KINDS))
        .makeOptionMandatory(),
    )
    .requiredOption('--id <0x…>', 'identity')
    .option('--key <signer|0x…>', 'the key to be bound, or its hash')
    .option('--recovery <signer|0x…|none>', 'the recovery key to be bound, or its hash')
    .option('--assurance <n>', 'of a registration', integer(1, ASSURANCE_MAX), 1)
    .option('--hours <n>', 'how long signatures are good', integer(1, 8_784), 24)
    .requiredOption('--out <file>', 'a new file')
    .addOption(rpcOption())
    .addOption(jsonOption())
    .action(draft)

const readFile = (path: string): Promise<IdentityFile> => readJsonFile(path, identityFileShape)

/** `identities request`. */
export const identityRequestCommand = (): Command =>
  requestCommand(IDENTITY_FORMAT, async (path) => identityTypedData(await readFile(path)))

/** `identities sign`. */
export const signCommand = (): Command =>
  personSigning('add a signature to a message, offline', IDENTITY_FORMAT).action(
    async (flags: PersonFlags) => {
      const file = await readFile(flags.in)
      const add = (signed: Parameters<typeof addIdentitySignature>[1]): IdentityFile =>
        addIdentitySignature(file, signed)
      return signPersonally(flags, identityTypedData(file), add)
    },
  )

/** `identities submit`: a registration by the office, the rest by anybody. */
export const submitCommand = (): Command =>
  acting('submit', 'send a signed message: a registration by the office, the rest by anybody')
    .requiredOption('--in <file>', `${IDENTITY_FORMAT} with its signatures`)
    .action(async (flags: ActFlags & { in: string }) => {
      const file = await readFile(flags.in)
      const record = await readIdentity(flags.rpc, file.idC)
      return act(flags, { contract: IDENTITY_REGISTRY, data: identityCall(file, record) })
    })
