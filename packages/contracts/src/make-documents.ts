/**
 * A deterministic generator of realistic city documents, for a network without an input file, for
 * load and for tests. One seed gives one list; salts come from the seed too, so a generated
 * document is no secret from anybody who knows the seed.
 */
import { bytesToHex, concatBytes, keccak256, numberToBytes, utf8ToBytes } from '@veche/primitives'
import { schemaId } from './commitment.ts'
import type { DocumentContent } from './document.ts'

const DISTRICTS = ['Arbat', 'Basmanny', 'Khamovniki', 'Presnensky', 'Tagansky', 'Yakimanka']
const STREETS = ['Garden', 'Station', 'River', 'Market', 'School', 'Mill', 'Linden', 'Assembly']
const NAMES = ['Anna', 'Boris', 'Vera', 'Gleb', 'Daria', 'Egor', 'Zoya', 'Ivan', 'Kira', 'Lev']
const SURNAMES = ['Sokolov', 'Volkov', 'Orlov', 'Zaytsev', 'Lebedev', 'Morozov', 'Novik', 'Belov']
const GOODS = ['vegetables', 'dairy', 'honey', 'fish', 'bread', 'berries']
const DAY_SECONDS = 86_400
/** 2026-01-01T00:00:00Z: a fixed day, so that one seed gives one list */
const FIRST_DAY_SECONDS = 1_767_225_600

/** Draws numbers from keccak256(seed ‖ index): 4 bytes each, 8 draws. */
class Draw {
  readonly #digest: Uint8Array
  #at = 0

  constructor(digest: Uint8Array) {
    this.#digest = digest
  }

  below(bound: number): number {
    const view = new DataView(this.#digest.buffer, this.#digest.byteOffset)
    const value = view.getUint32((4 * this.#at++) % 32)
    return value % bound
  }

  of(list: readonly string[]): string {
    return list[this.below(list.length)] ?? ''
  }
}

type Fields = Readonly<Record<string, string>>

function address(draw: Draw): string {
  return `${draw.of(STREETS)} street ${1 + draw.below(180)}, ${draw.of(DISTRICTS)}`
}

function person(draw: Draw): string {
  return `${draw.of(NAMES)} ${draw.of(SURNAMES)}`
}

function serial(number: number): string {
  return String(number).padStart(7, '0')
}

interface Kind {
  readonly docType: string
  /** days in force, null for ever */
  readonly days: number | null
  readonly fields: (draw: Draw, number: number) => Fields
}

const KINDS: readonly Kind[] = [
  {
    docType: 'property-certificate',
    days: null,
    fields: (draw, number) => ({
      cadastralNumber: `77:0${1 + draw.below(9)}:${serial(number)}:${1000 + draw.below(9000)}`,
      address: address(draw),
      areaSquareMetres: `${24 + draw.below(140)}.${draw.below(10)}`,
      owner: person(draw),
    }),
  },
  {
    docType: 'residence-certificate',
    days: 180,
    fields: (draw, number) => ({
      certificate: `RC-${serial(number)}`,
      resident: person(draw),
      address: address(draw),
      persons: String(1 + draw.below(6)),
    }),
  },
  {
    docType: 'market-permit',
    days: 30,
    fields: (draw, number) => ({
      permit: `MP-${serial(number)}`,
      trader: person(draw),
      goods: draw.of(GOODS),
      place: `${draw.of(DISTRICTS)} fair, place ${1 + draw.below(60)}`,
    }),
  },
]

/** The schema id of a generated document's type: `<type>/1`. */
function schemaOf(kind: Kind): DocumentContent['schema'] {
  return schemaId(`${kind.docType}/1`)
}

/** The document types that {@link makeDocuments} makes, with their schema ids. */
export const GENERATED_TYPES: readonly {
  readonly docType: string
  readonly schema: DocumentContent['schema']
}[] = KINDS.map((kind) => ({ docType: kind.docType, schema: schemaOf(kind) }))

/**
 * Makes `count` contents from `seed`, one after the other and lazily. `schema` puts all of them
 * under one schema (one batch is of one schema); without it each type has its own.
 */
export function* makeDocuments(options: {
  readonly seed: string
  readonly count: number
  readonly schema?: DocumentContent['schema']
}): Generator<DocumentContent> {
  const seed = keccak256(utf8ToBytes(options.seed))
  for (let number = 0; number < options.count; number++) {
    const digest = keccak256(concatBytes(seed, numberToBytes(number + 1)))
    const draw = new Draw(digest)
    const kind = KINDS[number % KINDS.length] as Kind
    const issued = FIRST_DAY_SECONDS + DAY_SECONDS * draw.below(180)
    yield {
      docType: kind.docType,
      schema: options.schema ?? schemaOf(kind),
      fields: kind.fields(draw, number + 1),
      issued,
      expires: kind.days === null ? null : issued + DAY_SECONDS * kind.days,
      salt: bytesToHex(keccak256(digest).subarray(0, 16)),
    }
  }
}
