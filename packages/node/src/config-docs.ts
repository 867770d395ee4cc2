/**
 * The option table as flags, as JSON Schema and as the reference page; a test keeps docs/ equal.
 */
import { type Command, Option } from 'commander'
import {
  CONFIG_OPTIONS,
  expectedOf,
  keyToFlag,
  keyToVariable,
  OPTION_KEYS,
  type OptionSpec,
} from './config-options.ts'

interface Schema {
  type?: string
  description?: string
  default?: unknown
  enum?: readonly string[]
  minimum?: number
  maximum?: number
  items?: Schema
  properties?: Record<string, Schema>
  additionalProperties?: boolean
  required?: string[]
}

function schemaOf(spec: OptionSpec): Schema {
  const common: Schema = { description: spec.help }
  if (spec.default !== undefined) common.default = spec.default
  if (spec.kind === 'integer')
    return { type: 'integer', minimum: spec.min, maximum: spec.max, ...common }
  if (spec.kind === 'choice') return { enum: spec.choices, ...common }
  if (spec.kind === 'switch') return { type: 'boolean', ...common }
  if (spec.kind === 'list') return { type: 'array', items: { type: 'string' }, ...common }
  return { type: 'string', ...common }
}

/** JSON Schema (draft 2020-12) of the configuration file. */
export function configSchema(): unknown {
  const properties: Record<string, Schema> = { $schema: { type: 'string' } }
  for (const key of OPTION_KEYS) {
    const [head, tail] = key.split('.') as [string, string | undefined]
    const schema = schemaOf(CONFIG_OPTIONS[key])
    if (tail === undefined) properties[head] = schema
    else {
      const group = properties[head] ?? {
        type: 'object',
        properties: {},
        additionalProperties: false,
      }
      group.properties = { ...group.properties, [tail]: schema }
      properties[head] = group
    }
  }
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Veche node configuration',
    type: 'object',
    properties,
    additionalProperties: false,
  }
}

/** The reference page: every option with its three spellings, default and meaning. */
export function configReference(): string {
  const rows = OPTION_KEYS.map((key) => {
    const spec: OptionSpec = CONFIG_OPTIONS[key]
    const fallback = spec.default === undefined ? '' : `\`${JSON.stringify(spec.default)}\``
    const given = spec.required ? 'required' : fallback
    return `| \`${key}\` | \`${keyToFlag(key)}\` | \`${keyToVariable(key)}\` | ${given} | ${expectedOf(spec)} | ${spec.help} |`
  })
  return [
    '# Configuration of `veche node`',
    '',
    'Flags win over the environment, the environment over the file (`--config FILE`, JSON, checked by',
    '[config.schema.json](config.schema.json)), the file over the defaults. Relative paths in the file are',
    'relative to the file. Lists are arrays in the file and comma-separated elsewhere. Unknown names are errors.',
    'Generated from `packages/node/src/config-options.ts` (`UPDATE=1 npm test -- config-docs`).',
    '',
    '| key | flag | environment | default | expected | meaning |',
    '|---|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n')
}

/** The name in `<…>` of a flag, as `--help` shows it. */
function placeholder(spec: OptionSpec): string {
  if (spec.kind === 'switch') return 'true|false'
  if (spec.kind === 'integer') return 'n'
  if (spec.kind === 'list') return 'a,b,…'
  return spec.kind === 'choice' ? spec.choices.join('|') : spec.kind
}

/**
 * Adds a flag for every option, grouped by subject. Values are decoded and checked by `loadConfig`.
 */
export function addConfigOptions(command: Command): Command {
  for (const key of OPTION_KEYS) {
    const spec: OptionSpec = CONFIG_OPTIONS[key]
    const group = key.includes('.') ? `Options of ${key.split('.')[0]}:` : 'Options of the node:'
    const fallback = spec.default === undefined ? '' : ` (default: ${JSON.stringify(spec.default)})`
    const flag = new Option(`${keyToFlag(key)} <${placeholder(spec)}>`, `${spec.help}${fallback}`)
    command.addOption(flag.helpGroup(group))
  }
  return command
}
