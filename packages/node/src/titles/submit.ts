/** The call that an act's file amounts to, once everybody has signed. */
import { type TitleAct, type TitleActKind, titleRegistry } from '@veche/contracts'
import { type Hex, VecheError, ZERO_HASH } from '@veche/primitives'
import { dataOf, type SignerRole, type TitleActFile } from './act-file.ts'
import { NO_SIGNATURE, type TitleSignature } from './sign-act.ts'

const { encode } = titleRegistry

function missing(what: string, { kind }: TitleActFile): never {
  throw new VecheError('TITLE_ACT_INCOMPLETE', `${kind}: ${what} expected in the file`)
}

function signed(file: TitleActFile, role: SignerRole): TitleSignature {
  return file.signatures[role] ?? missing(`the signature of ${role}`, file)
}

function opened(file: TitleActFile, who: 'owner' | 'buyer' | 'seller') {
  return file.openings[who] ?? missing(`the opening of ${who}`, file)
}

function consentsOf({ openings, signatures }: TitleActFile) {
  const { consent } = openings
  if (consent === undefined) return []
  const { spouse = NO_SIGNATURE, guardian = NO_SIGNATURE } = signatures
  return [{ ...consent, spouseSignature: spouse, guardianSignature: guardian }]
}

function partiesOf(file: TitleActFile) {
  return {
    owner: opened(file, 'owner'),
    ownerSignature: signed(file, 'owner'),
    notary: signed(file, 'notary'),
    consent: consentsOf(file),
    holders: file.holders.map(dataOf),
  }
}

function lastTransfer(file: TitleActFile) {
  const { last } = file
  if (last === undefined) return missing('the last transfer', file)
  return {
    ...last,
    seller: opened(file, 'seller'),
    sellerSignature: signed(file, 'seller'),
    buyer: opened(file, 'buyer'),
    buyerSignature: signed(file, 'buyer'),
    consent: consentsOf(file),
    owner: opened(file, 'owner'),
  }
}

type Calls = { readonly [kind in TitleActKind]: (act: TitleAct<kind>, file: TitleActFile) => Hex }

const CALLS: Calls = {
  Transfer: (act, file) =>
    encode.transfer(act, partiesOf(file), opened(file, 'buyer'), signed(file, 'buyer')),
  Recommit: (act, file) =>
    encode.recommit(act, partiesOf(file), file.openings.buyer?.salt ?? missing('a new salt', file)),
  SelfCorrection: (act, file) => encode.selfCorrect(act, lastTransfer(file)),
  Correction: (act, { signatures }) => {
    const { court = NO_SIGNATURE, registrar = NO_SIGNATURE, observer = NO_SIGNATURE } = signatures
    return encode.applyUrgentCorrection(act, { court, registrar, observer })
  },
  Objection: (act, file) => encode.objectAsOwner(act, opened(file, 'owner'), signed(file, 'owner')),
  Demolition: (act, file) => encode.demolish(act, partiesOf(file)),
  Proposal: (act, file) =>
    encode.proposeTransfer(act, opened(file, 'owner'), signed(file, 'owner')),
  LienAddition: (act, file) => encode.addLien(act, partiesOf(file)),
  LienRelease: (act, file) => encode.releaseLien(act, signed(file, 'holder').data),
  Split: (act, file) => encode.split(act, partiesOf(file)),
  Merge: (act, file) =>
    encode.merge(act, partiesOf(file), file.openings.salts ?? missing('the salts', file)),
}

/** Calldata. Throws `TITLE_ACT_INCOMPLETE` with what is missing. */
export function titleActCall(file: TitleActFile): Hex {
  const make = CALLS[file.kind] as (act: unknown, file: TitleActFile) => Hex
  return make(file.act, file)
}

/** For an act that needs no consent: zero. */
export const NO_CONSENT = ZERO_HASH
