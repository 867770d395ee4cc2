/**
 * docs/contracts: a page for each contract, written from what compiler and tests know: NatSpec,
 * states, powers, gas. `npm run generate` writes them; test/pages.test.ts fails when they are
 * stale.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Address } from '@veche/primitives'
import { cityFunctions } from '../src/access/city-functions.ts'
import * as addresses from '../src/addresses.ts'
import { type Analysis, type AstNode, analyze, ownContracts } from './ast.ts'
import { CONTRACTS, type ContractSource } from './contracts.ts'
import { errorsOf, eventsOf, functionsOf, interfacesOf, type Member, natspecOf } from './members.ts'
import { kebab } from './render.ts'

const GAS = join(import.meta.dirname, '..', 'gas')

function addressOf(name: string): Address | undefined {
  // WebAuthnVerifier is WEBAUTHN_VERIFIER_ADDRESS: underscores do not count
  const plain = (text: string): string => text.replaceAll('_', '').toUpperCase()
  const known = new Map(
    Object.entries(addresses as unknown as Readonly<Record<string, Address>>).map(
      ([constant, address]) => [plain(constant), address],
    ),
  )
  return known.get(plain(`${name}_ADDRESS`)) ?? known.get(plain(`${name}_CODE_ADDRESS`))
}

const cell = (text: string): string =>
  text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', ' ')

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return ['None.', '']
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line), '']
}

function delayText(seconds: number): string {
  if (seconds === 0) return 'at once'
  const days = seconds / 86_400
  return days >= 1 ? `after ${days} ${days === 1 ? 'day' : 'days'}` : `after ${seconds / 3_600} h`
}

/** Who may call a restricted function; empty for the others, whose notice says it. */
function powersOf(contract: string): ReadonlyMap<string, string> {
  const rows = cityFunctions().filter((row) => row.contract === contract)
  return new Map(
    rows.map(({ signature, role, delaySeconds }) => [
      signature.slice(0, signature.indexOf('(')),
      `${role}, ${delayText(delaySeconds)}`,
    ]),
  )
}

function gasOf(contract: string): ReadonlyMap<string, number> {
  const file = join(GAS, `${contract}.json`)
  if (!existsSync(file)) return new Map()
  return new Map(
    Object.entries(JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, number>>),
  )
}

const grouped = (gas: number): string => gas.toLocaleString('en-US')

function said({ natspec }: Member): string {
  const { notice, dev, returns } = natspec
  return [notice, notice === '' ? dev : '', notice === '' ? returns.join('; ') : '']
    .filter((text) => text !== '')
    .join(' ')
}

function changeSection(member: Member, who: string | undefined, gas: readonly string[]): string[] {
  const { natspec, parameters, signature } = member
  const params = parameters.flatMap((name) => {
    const text = natspec.params.get(name)
    return text === undefined ? [] : [`- \`${name}\`: ${text}`]
  })
  const returns = natspec.returns.map((text) => `- returns ${text}`)
  const list = [...params, ...returns]
  return [
    `### \`${signature}\``,
    '',
    said(member),
    '',
    ...(who === undefined ? [] : [`Who: ${who}.`, '']),
    ...(list.length === 0 ? [] : [...list, '']),
    ...(gas.length === 0 ? [] : [`Gas: ${gas.join('; ')}.`, '']),
  ]
}

function gasTexts(name: string, gas: ReadonlyMap<string, number>): string[] {
  return [...gas]
    .filter(([label]) => label === name || new RegExp(`^${name}[ ,(]`).test(label))
    .map(([label, figure]) => `${label} ${grouped(figure)}`)
}

function statesSection(interfaces: ReturnType<typeof interfacesOf>): string[] {
  return interfaces.flatMap(({ natspec }) => {
    const states = natspec.custom.get('states')
    if (states === undefined) return []
    const lines = states.split('\n').map((line) => line.trim())
    const body = lines[0] === 'stateDiagram-v2' ? lines.slice(1) : lines
    return ['```mermaid', 'stateDiagram-v2', ...body.map((line) => `  ${line}`), '```', '']
  })
}

function functionSections(name: string, functions: readonly Member[]): string[] {
  const powers = powersOf(name)
  const gas = gasOf(name)
  const changes = functions.filter(({ isRead, isOwn }) => !isRead && isOwn)
  const reads = functions.filter(({ isRead, isOwn }) => isRead && isOwn)
  const foreign = functions.filter(({ isOwn }) => !isOwn)
  const row = (member: Member): string[] => [
    `\`${member.signature}\``,
    member.results.map((each) => `\`${each}\``).join(', '),
    said(member),
  ]
  const who = (member: Member): string => powers.get(member.name) ?? ''
  return [
    '## Changes',
    '',
    ...changes.flatMap((member) =>
      changeSection(member, powers.get(member.name), gasTexts(member.name, gas)),
    ),
    '## Reads',
    '',
    ...table(['function', 'gives', 'what'], reads.map(row)),
    ...(foreign.length === 0
      ? []
      : [
          '## From OpenZeppelin',
          '',
          ...table(
            ['function', 'who', 'what'],
            foreign.map((member) => [`\`${member.signature}\``, who(member), said(member)]),
          ),
        ]),
    ...(gas.size === 0
      ? []
      : [
          '## Gas',
          '',
          ...table(
            ['call', 'gas'],
            [...gas].map(([k, v]) => [k, grouped(v)]),
          ),
        ]),
  ]
}

function factRows(source: ContractSource, file: string, interfaces: readonly string[]): string[][] {
  const address = addressOf(source.name)
  const link = (path: string): string => `[${path}](../../packages/contracts/sol/${path})`
  const generated = `${kebab(source.name)}.ts`
  return [
    ['address', address === undefined ? 'none in genesis' : `\`${address}\``],
    ...(source.at === undefined || source.at === address
      ? []
      : [['first code', `\`${source.at}\`, behind an ERC-1967 proxy`]]),
    ['source', link(file)],
    ['interface', interfaces.map(link).join(', ')],
    [
      'ABI, byte code, storage layout',
      `[${generated}](../../packages/contracts/src/generated/${generated})`,
    ],
  ]
}

/** `IThing: what it is.` → `what it is` */
function titleOf(title = ''): string {
  const plain = title.replace(/\.$/, '').replace(/^I[A-Z]\w+: /, '')
  return plain.charAt(0).toUpperCase() + plain.slice(1)
}

function page(analysis: Analysis, source: ContractSource, contract: AstNode): string {
  const interfaces = interfacesOf(analysis, contract)
  const main = interfaces[0]?.natspec ?? natspecOf(analysis, contract)
  const rows = (members: readonly Member[]): string[][] =>
    members.map((member) => [`\`${member.signature}\``, said(member)])
  return [
    `# ${source.name}`,
    '',
    '<!-- Written by packages/contracts/scripts/pages.ts (`npm run generate`). Do not edit. -->',
    '',
    [titleOf(main.title), main.notice].filter(Boolean).join('\n\n'),
    '',
    ...table(
      ['', ''],
      factRows(
        source,
        source.file,
        interfaces.map(({ file }) => file),
      ),
    ),
    ...statesSection(interfaces),
    ...functionSections(source.name, functionsOf(analysis, contract)),
    '## Events',
    '',
    ...table(['event', 'when'], rows(eventsOf(analysis, contract))),
    '## Errors',
    '',
    ...table(['error', 'why'], rows(errorsOf(analysis, contract))),
  ].join('\n')
}

function indexPage(pages: readonly (readonly [name: string, title: string])[]): string {
  const rows = pages.map(([name, title]) => [
    `[${name}](${name}.md)`,
    `\`${addressOf(name) ?? 'none'}\``,
    title,
  ])
  return [
    '# Contracts of the city',
    '',
    '<!-- Written by packages/contracts/scripts/pages.ts (`npm run generate`). Do not edit. -->',
    '',
    ...table(['contract', 'address', 'what'], rows),
  ].join('\n')
}

/** File name in docs/contracts → text. */
export async function renderPages(): Promise<ReadonlyMap<string, string>> {
  const analysis = await analyze()
  const contracts = new Map(ownContracts(analysis).map(([, each]) => [String(each.name), each]))
  const pages = new Map<string, string>()
  const titles: (readonly [string, string])[] = []
  for (const source of CONTRACTS) {
    const contract = contracts.get(source.name)
    if (contract === undefined) continue
    const [main] = interfacesOf(analysis, contract)
    titles.push([source.name, titleOf((main?.natspec ?? natspecOf(analysis, contract)).title)])
    pages.set(`${source.name}.md`, page(analysis, source, contract))
  }
  return new Map([['README.md', indexPage(titles)], ...pages])
}
