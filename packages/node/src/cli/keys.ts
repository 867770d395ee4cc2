/** `veche keys new|show`: keystores for validators and departments (web3 keystore v3). */
import { resolve } from 'node:path'
import type { Address } from '@veche/primitives'
import { Command } from 'commander'
import { getAddress } from 'viem/utils'
import { createKeystore, createSecretKey, keystoreAddress, openKeystore } from '../keystore.ts'
import { readKeystoreFile, writeKeystoreFile } from '../keystore-file.ts'
import { SCRYPT_N_LIGHT, SCRYPT_N_STANDARD } from '../limits.ts'
import { askNewPassword, askPassword } from './password.ts'

interface NewOptions {
  readonly out: string
  readonly passwordFile?: string
  readonly light: boolean
  readonly json: boolean
}

interface ShowOptions {
  readonly passwordFile?: string
  readonly check: boolean
  readonly json: boolean
}

interface Shown {
  readonly address: Address
  readonly file: string
  readonly opened?: boolean
}

function print(shown: Shown, asJson: boolean): void {
  const address = getAddress(shown.address)
  const opened = shown.opened ? '\npassword opens it' : ''
  const text = `address  ${address}\nkeystore ${shown.file}${opened}`
  process.stdout.write(`${asJson ? JSON.stringify({ ...shown, address }) : text}\n`)
}

async function newKey(options: NewOptions): Promise<void> {
  const password = await askNewPassword(options.passwordFile)
  const scryptN = options.light ? SCRYPT_N_LIGHT : SCRYPT_N_STANDARD
  const keystore = await createKeystore(createSecretKey(), password, { scryptN })
  const file = resolve(options.out)
  await writeKeystoreFile(file, keystore)
  print({ address: `0x${keystore.address}`, file }, options.json)
}

async function showKey(keystoreFile: string, options: ShowOptions): Promise<void> {
  const file = resolve(keystoreFile)
  const json = await readKeystoreFile(file)
  const claimed = keystoreAddress(json)
  // a keystore may leave its address out; only its key tells then
  if (options.check || claimed === undefined) {
    const { address } = await openKeystore(json, await askPassword(options.passwordFile))
    print({ address, file, opened: true }, options.json)
    return
  }
  print({ address: claimed, file }, options.json)
}

/** The `keys` subcommand. Fails with the codes of keystore.ts and keystore-file.ts. */
export function keysCommand(): Command {
  const command = new Command('keys').description('make and look at keystores (web3 keystore v3)')
  command
    .command('new')
    .description('make a key; the file is readable by you only and never overwritten')
    .option('--out <file>', 'keystore to write', 'key.json')
    .option('--password-file <file>', 'file whose first line is the password (default: ask)')
    .option('--light', 'cheap key derivation, for keys that protect nothing', false)
    .option('--json', 'print one JSON object', false)
    .action((options: NewOptions) => newKey(options))
  command
    .command('show')
    .description('print the address of a keystore')
    .argument('<keystore>', 'keystore file')
    .option('--check', 'open it, to see that the password fits', false)
    .option('--password-file <file>', 'file whose first line is the password (default: ask)')
    .option('--json', 'print one JSON object', false)
    .action((file: string, options: ShowOptions) => showKey(file, options))
  return command
}
