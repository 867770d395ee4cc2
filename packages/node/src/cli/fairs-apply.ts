/**
 * `veche fairs apply|admit|submit`: a citizen signs an application offline, anybody submits what
 * was signed.
 */
import {
  admissionTypedData,
  applicationTypedData,
  packPreferences,
  SEASON_ACTS,
} from '@veche/contracts/fairs'
import { type Address, type Hash, type Hex, VecheError, ZERO_HASH } from '@veche/primitives'
import type { Command } from 'commander'
import { toJson } from '../act/describe.ts'
import { readJsonFile, writeJsonFile } from '../act/files.ts'
import { admissionFileShape, signedFileShape } from '../fairs/files.ts'
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
  inMinutes,
  minutesOption,
  outOption,
  seasonOption,
  toHash,
} from './fairs-options.ts'
import { integer } from './options.ts'

interface OfflineFlags extends SignFlags {
  readonly season: Address
  readonly chainId: number
  readonly out: string
  readonly minutes: number
}

const DAY_MINUTES = 24 * 60

interface ApplyFlags extends OfflineFlags {
  readonly category: number
  readonly stands: string
  readonly person?: Hash
  readonly content?: Hash
  readonly admission?: string
}

function standsOf(text: string): number[] {
  const stands = text.split(',').map(Number)
  if (stands.every((stand) => Number.isInteger(stand) && stand > 0 && stand < 65_536)) return stands
  throw new VecheError('USAGE', `--stands: numbers of stands with commas expected, got ${text}`)
}

async function apply(flags: ApplyFlags): Promise<void> {
  const signer = await openSigner(flags)
  const { season, chainId } = flags
  const admitted =
    flags.admission === undefined
      ? undefined
      : await readJsonFile(flags.admission, admissionFileShape)
  const own = `0x${signer.address.slice(2).padStart(64, '0')}` as Hash
  const application = {
    person: admitted?.person ?? flags.person ?? own,
    applicant: signer.address,
    category: flags.category,
    preferences: packPreferences(standsOf(flags.stands)),
    contentC: flags.content ?? (ZERO_HASH as Hash),
    deadline: inMinutes(flags.minutes),
  }
  const typed = applicationTypedData({ chainId, season }, application)
  const signature = await signMessage(flags, typed, signer)
  if (signature === undefined) return
  const admission: Hex = admitted?.signature ?? '0x'
  const head = { format: 'veche-fair-signed/1', chainId, season, kind: 'Application' }
  await finish(flags, { ...head, application, signature, admission })
}

async function finish({ out, json }: OfflineFlags, file: object): Promise<void> {
  await writeJsonFile(out, file)
  process.stdout.write(json ? `${toJson({ file: out })}\n` : `signed: ${out}\n`)
}

interface AdmitFlags extends OfflineFlags {
  readonly person: Hash
  readonly applicant: string
}

async function admit(flags: AdmitFlags): Promise<void> {
  const { season, chainId, person } = flags
  const applicant = flags.applicant.toLowerCase() as Address
  const signature = await signMessage(
    flags,
    admissionTypedData({ chainId, season }, { person, applicant }),
  )
  if (signature === undefined) return
  const head = { format: 'veche-fair-admission/1', chainId, season }
  await finish(flags, { ...head, person, applicant, signature })
}

async function submit(flags: ActFlags & { readonly file: string }): Promise<void> {
  const file = await readJsonFile(flags.file, signedFileShape)
  const { season, signature } = file
  await act(
    flags,
    file.kind === 'Application'
      ? acts.submitApplication(season, file.application, { signature, admission: file.admission })
      : acts.submitAct(season, file.kind, { act: file.act, signature }),
  )
}

/** Commands around an application. */
export function applyCommands(): Command[] {
  return [
    signing('apply', 'citizen: sign an application offline')
      .addOption(seasonOption())
      .addOption(chainIdOption())
      .requiredOption('--category <n>', 'of trader, from 0', integer(0, 14))
      .requiredOption('--stands <list>', 'stands wanted, the best first: 17,126')
      .option('--person <0x…>', 'pseudonym; default: the account itself', toHash)
      .option('--content <0x…>', 'commitment to the text of the application', toHash)
      .option('--admission <file.json>', "the attester's word, where the season asks for it")
      .addOption(minutesOption(DAY_MINUTES))
      .addOption(outOption())
      .action(apply),
    signing('admit', "attester: sign that this person's key is this one")
      .addOption(seasonOption())
      .addOption(chainIdOption())
      .requiredOption('--person <0x…>', 'pseudonym', toHash)
      .requiredOption('--applicant <address>', "the applicant's account")
      .addOption(minutesOption(DAY_MINUTES))
      .addOption(outOption())
      .action(admit),
    acting(
      'submit',
      `anybody: submit what a citizen signed (${SEASON_ACTS.length} acts or an application)`,
    )
      .requiredOption('--file <file.json>', 'what was signed')
      .action(submit),
  ]
}
