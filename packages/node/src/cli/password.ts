/** The password of a keystore on the command line: from a file, or typed without being shown. */
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { VecheError } from '@veche/primitives'
import { readPasswordFile } from '../keystore-file.ts'

/**
 * Asks on the terminal; what is typed is not shown. Throws `PASSWORD_ABSENT` without a terminal.
 */
export async function promptHidden(question: string): Promise<string> {
  if (!process.stdin.isTTY)
    throw new VecheError('PASSWORD_ABSENT', 'a password expected: give --password-file FILE')
  process.stderr.write(question)
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const reader = createInterface({ input: process.stdin, output: silent, terminal: true })
  const closed = new Promise<never>((_, reject) => {
    reader.once('SIGINT', () => {
      reject(new VecheError('PASSWORD_ABSENT', 'a password expected, got an interrupt'))
    })
  })
  try {
    return await Promise.race([reader.question(''), closed])
  } finally {
    reader.close()
    process.stderr.write('\n')
  }
}

/** The password to open a keystore with. */
export async function askPassword(passwordFile: string | undefined): Promise<string> {
  return passwordFile === undefined ? promptHidden('password: ') : readPasswordFile(passwordFile)
}

/** A new password: from a file as it is, or typed twice. Throws `PASSWORD_MISMATCH`. */
export async function askNewPassword(passwordFile: string | undefined): Promise<string> {
  if (passwordFile !== undefined) return readPasswordFile(passwordFile)
  const password = await promptHidden('new password: ')
  if ((await promptHidden('again: ')) !== password)
    throw new VecheError('PASSWORD_MISMATCH', 'the same password twice expected')
  return password
}
