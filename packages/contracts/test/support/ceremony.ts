/** A ceremony of deterministic members for tests: their accounts, secrets and signed files. */
import {
  type Address,
  assert,
  bytesToHex,
  keccak256,
  secretKeyToAddress,
  signDigest,
  utf8ToBytes,
} from '@veche/primitives'
import { type MemberSecret, makeDeal, makeJoin } from '../../src/fairs/ceremony.ts'
import {
  CEREMONY_FORMAT,
  type Ceremony,
  type CeremonyStep,
  type Deal,
  type Join,
  stepDigest,
  type Unsigned,
} from '../../src/fairs/ceremony-files.ts'

export interface TestMember extends MemberSecret {
  readonly address: Address
  readonly key: Uint8Array
}

export interface TestCeremony {
  readonly ceremony: Ceremony
  readonly members: readonly TestMember[]
  readonly joins: readonly Join[]
}

/** Signs a step with its member's account. */
export function signStep<Step extends CeremonyStep>(
  { ceremony, members }: Pick<TestCeremony, 'ceremony' | 'members'>,
  step: Unsigned<Step>,
): Step {
  const member = members[(step as unknown as CeremonyStep).member - 1]
  assert(member !== undefined, 'a member of the ceremony')
  const content = step as Unsigned<CeremonyStep>
  const signature = bytesToHex(signDigest(stepDigest(content, ceremony.chainId), member.key))
  return { ...content, signature } as unknown as Step
}

/** Members with joins, `threshold` of `count`. */
export function createCeremony(threshold: number, count: number): TestCeremony {
  const keys = Array.from({ length: count }, (_, at) => keccak256(utf8ToBytes(`member ${at}`)))
  const accounts = keys
    .map((key) => ({ key, address: secretKeyToAddress(key) }))
    .sort((a, b) => (a.address < b.address ? -1 : 1))
  const members = accounts.map(({ key, address }, at) => ({
    key,
    address,
    index: at + 1,
    secret: keccak256(utf8ToBytes(`secret ${at}`)),
  }))
  const ceremony: Ceremony = {
    format: CEREMONY_FORMAT,
    kind: 'ceremony',
    chainId: 20190,
    title: 'fairs of a test',
    threshold,
    members: members.map(({ address }) => address),
  }
  const joins = members.map((one) => signStep<Join>({ ceremony, members }, makeJoin(ceremony, one)))
  return { ceremony, members, joins }
}

/** The signed deal of one member. */
export function dealOf(test: TestCeremony, index: number): Deal {
  const deal = makeDeal(test.ceremony, test.joins, test.members[index - 1] as TestMember)
  assert(deal.ok, 'a deal')
  return signStep<Deal>(test, deal.value)
}
