/** `veche identities attest|withdraw|assure|suspend|reinstate|close`: what offices do. */
import { identityRegistry } from '@veche/contracts'
import { type Hash, type Hex, isHash } from '@veche/primitives'
import { Argument, type Command, InvalidArgumentError } from 'commander'
import { IDENTITY_REGISTRY } from '../act/contracts.ts'
import { ASSURANCE_MAX } from '../identities/message-file.ts'
import { type ActFlags, act, acting } from './act.ts'
import { keyHashFrom } from './identities-message.ts'
import { integer } from './options.ts'
import { actWithNotice, type NoticeFlags, noticed } from './points-notice.ts'

const { encode } = identityRegistry
const REASON_MAX = 255

function idOption(text: string): Hash {
  const lower = text.toLowerCase()
  if (isHash(lower)) return lower
  throw new InvalidArgumentError('an identity of 32 bytes as 0x text expected.')
}

const send = (flags: ActFlags, data: Hex): Promise<void> =>
  act(flags, { contract: IDENTITY_REGISTRY, data })

type Evidence = 'office' | 'eid'

interface EvidenceFlags extends ActFlags {
  readonly id: Hash
  readonly key: string
  readonly recovery: string
}

function evidenceCommand(
  name: string,
  description: string,
  encoders: Readonly<Record<Evidence, (id: Hash, key: Hash, recovery: Hash) => Hex>>,
): Command {
  return acting(name, description)
    .addArgument(new Argument('<evidence>', 'which word it is').choices(['office', 'eid']))
    .requiredOption('--id <0x…>', 'identity', idOption)
    .requiredOption('--key <signer|0x…>', 'the key to be bound, or its hash')
    .requiredOption('--recovery <signer|0x…|none>', 'the recovery key to be bound, or its hash')
    .action((evidence: Evidence, flags: EvidenceFlags) => {
      const { id, key, recovery } = flags
      return send(flags, encoders[evidence](id, keyHashFrom(key), keyHashFrom(recovery)))
    })
}

/** `identities attest`. */
export const attestCommand = (): Command =>
  evidenceCommand('attest', 'the person came, or the electronic identity says so: other keys', {
    office: encode.attestOffice,
    eid: encode.attestEid,
  })

/** `identities withdraw`. */
export const withdrawCommand = (): Command =>
  evidenceCommand('withdraw', 'take an evidence back: the request begins from nothing', {
    office: encode.withdrawOffice,
    eid: encode.withdrawEid,
  })

const idArgument = ['<identity>', '32 bytes as 0x text', idOption] as const

/** `identities assure|suspend|reinstate|close`. */
export function officeCommands(): Command[] {
  return [
    acting('assure', 'say how well a person was checked (office)')
      .argument(...idArgument)
      .requiredOption('--assurance <n>', `1 to ${ASSURANCE_MAX}`, integer(1, ASSURANCE_MAX))
      .action((id: Hash, flags: ActFlags & { assurance: number }) =>
        send(flags, encode.setAssurance(id, flags.assurance)),
      ),
    acting('suspend', 'the key speaks for nobody until reinstated (office)')
      .argument(...idArgument)
      .requiredOption('--reason <code>', "of the city's list", integer(1, REASON_MAX))
      .action((id: Hash, flags: ActFlags & { reason: number }) =>
        send(flags, encode.suspend(id, flags.reason)),
      ),
    acting('reinstate', 'end a suspension (office)')
      .argument(...idArgument)
      .action((id: Hash, flags: ActFlags) => send(flags, encode.reinstate(id))),
    noticed('close', 'end an identity for ever (office, three days in public)')
      .argument(...idArgument)
      .requiredOption('--reason <code>', "of the city's list", integer(1, REASON_MAX))
      .action((id: Hash, flags: NoticeFlags & { reason: number }) =>
        actWithNotice(flags, encode.close(id, flags.reason), IDENTITY_REGISTRY),
      ),
  ]
}
