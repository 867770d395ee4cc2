/**
 * How a person of a department, or the holder of an identity, signs a file: with a keystore, a
 * P-256 key in PEM, or a passkey whose browser gave its answer as a file (`request`, then
 * `--passkey` and `--assertion`).
 */
import { type Hex, isHex, VecheError } from '@veche/primitives'
import { Command } from 'commander'
import type { TypedDataDefinition } from 'viem'
import { describeTyped, toJson } from '../act/describe.ts'
import { readJsonFile, writeJsonFile } from '../act/files.ts'
import { type DepartmentSigner, keystoreSigner, openPemFile } from '../departments/keys.ts'
import {
  openAssertionFile,
  passkeyCreation,
  passkeyOf,
  passkeyRequest,
  registrationShape,
} from '../departments/passkey.ts'
import { PASSKEY_FILE_BYTES_MAX } from '../limits.ts'
import { confirm, openSigner } from './act.ts'
import { jsonOption } from './options.ts'

/** Options of a command that reads a file and writes it with one more signature. */
export interface PersonFlags {
  readonly keystore?: string
  readonly passwordFile?: string
  readonly pem?: string
  readonly passkey?: string
  readonly assertion?: string
  readonly in: string
  readonly out: string
  readonly dryRun: boolean
  readonly yes: boolean
  readonly json: boolean
}

/** A command that signs a file offline. */
export function personSigning(description: string, format: string): Command {
  return new Command('sign')
    .description(description)
    .requiredOption('--in <file>', format)
    .requiredOption('--out <file>', 'a new file')
    .option('--keystore <file>', 'web3 keystore v3 of a secp256k1 key')
    .option('--password-file <file>', 'file whose first line opens the keystore; absent: asked')
    .option('--pem <file>', 'P-256 private key in PEM')
    .option('--passkey <0x…>', 'signer of a passkey; with --assertion')
    .option('--assertion <file>', 'JSON that navigator.credentials.get gave for `request`')
    .option('--dry-run', 'show what would be signed, and stop', false)
    .option('--yes', 'sign without asking; needed without a terminal', false)
    .addOption(jsonOption())
}

/** ERC-7913 bytes from an option, in lower case. Throws `USAGE`. */
export function signerFrom(text: string): Hex {
  const lower = text.toLowerCase()
  if (isHex(lower) && (lower.length === 42 || lower.length === 170)) return lower
  throw new VecheError('USAGE', `a signer of 20 or 84 bytes as 0x text expected, got ${text}`)
}

async function openPerson(flags: PersonFlags): Promise<DepartmentSigner> {
  const { keystore, pem, passkey, assertion } = flags
  if ([keystore, pem, passkey].filter((each) => each !== undefined).length === 1) {
    if (keystore !== undefined) return keystoreSigner(await openSigner({ ...flags, keystore }))
    if (pem !== undefined) return openPemFile(pem)
    if (passkey !== undefined && assertion !== undefined)
      return openAssertionFile(signerFrom(passkey), assertion)
  }
  throw new VecheError(
    'USAGE',
    'either --keystore, or --pem, or --passkey with --assertion expected',
  )
}

/**
 * Shows the message, asks, signs, and writes what `add` makes of the signature. With `--dry-run`
 * nothing is signed or written. Throws `USAGE`, `NOT_CONFIRMED`, `CONFIRMATION_ABSENT`.
 */
export async function signPersonally(
  flags: PersonFlags,
  typed: TypedDataDefinition,
  add: (signed: { readonly signer: Hex; readonly signature: Hex }) => unknown,
): Promise<void> {
  const by = await openPerson(flags)
  process.stderr.write(describeTyped(typed, by.signer))
  if (flags.dryRun) {
    if (flags.json) process.stdout.write(`${toJson({ dryRun: typed })}\n`)
    else process.stdout.write('dry run: nothing was signed\n')
    return
  }
  if (!(await confirm(flags))) throw new VecheError('NOT_CONFIRMED', 'nothing was signed')
  const signature = await by.sign(typed)
  await writeJsonFile(flags.out, add({ signer: by.signer, signature }))
  const told = { file: flags.out, signer: by.signer }
  process.stdout.write(flags.json ? `${toJson(told)}\n` : `wrote ${flags.out}\n`)
}

interface RequestFlags {
  readonly in: string
  readonly out: string
  readonly rpId?: string
  readonly credential?: string
  readonly json: boolean
}

/** `request`: what a browser needs to have a passkey sign the message of a file. */
export function requestCommand(
  format: string,
  messageOf: (path: string) => Promise<TypedDataDefinition>,
): Command {
  return new Command('request')
    .description('write what navigator.credentials.get takes to sign a file with a passkey')
    .requiredOption('--in <file>', format)
    .requiredOption('--out <file>', 'a new file: PublicKeyCredentialRequestOptionsJSON')
    .option('--rp-id <domain>', 'where the passkey was made; default: the page that asks')
    .option('--credential <id>', 'which passkey, in base64url; default: any of that domain')
    .addOption(jsonOption())
    .action(async (flags: RequestFlags) => {
      const typed = await messageOf(flags.in)
      // the browser shows none of this
      process.stderr.write(describeTyped(typed, 'a passkey'))
      const { rpId, credential } = flags
      const request = passkeyRequest(typed, {
        ...(rpId === undefined ? {} : { rpId }),
        ...(credential === undefined ? {} : { credential }),
      })
      await writeJsonFile(flags.out, request)
      process.stdout.write(
        flags.json ? `${toJson({ file: flags.out, request })}\n` : `wrote ${flags.out}\n`,
      )
    })
}

interface PasskeyFlags {
  readonly name?: string
  readonly rpId?: string
  readonly registration?: string
  readonly out?: string
  readonly json: boolean
}

async function passkey({ name, rpId, registration, out, json }: PasskeyFlags): Promise<void> {
  if (registration !== undefined) {
    const made = await readJsonFile(registration, registrationShape, PASSKEY_FILE_BYTES_MAX)
    const told = passkeyOf(made)
    process.stdout.write(
      json ? `${toJson(told)}\n` : `signer ${told.signer}\ncredential ${told.credential}\n`,
    )
    return
  }
  if (name === undefined || out === undefined)
    throw new VecheError('USAGE', '--registration, or --name and --out expected')
  await writeJsonFile(out, passkeyCreation(name, rpId))
  process.stdout.write(json ? `${toJson({ file: out })}\n` : `wrote ${out}\n`)
}

/** `passkey`: how a passkey is made, and what its signer is. */
export function passkeyCommand(): Command {
  return new Command('passkey')
    .description('write what navigator.credentials.create takes, or read what it gave')
    .option('--name <text>', 'whose, as the authenticator shows it')
    .option('--rp-id <domain>', 'default: the page that asks')
    .option('--out <file>', 'a new file: PublicKeyCredentialCreationOptionsJSON')
    .option('--registration <file>', 'what navigator.credentials.create gave: shows the signer')
    .addOption(jsonOption())
    .action(passkey)
}
