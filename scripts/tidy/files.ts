/** Rules about one file: size, columns, impure calls in pure packages, words that must not stay. */
import { lineAt } from './scan.ts'
import { isGenerated, isSource, isSupport, type SourceFile, type Violation } from './tree.ts'

const LINES_MAX = 400
const COLUMNS_MAX = 100

type Rule = (file: SourceFile) => readonly Omit<Violation, 'path'>[]

const code = (file: SourceFile): string => file.scan?.code ?? ''
const isSolidity = ({ path }: SourceFile): boolean => path.endsWith('.sol')
const isTypeScript = (file: SourceFile): boolean => isSource(file) || isSupport(file)

function matches(rule: string, text: string, pattern: RegExp, message: string) {
  return [...text.matchAll(pattern)].map((match) => ({
    rule,
    line: lineAt(text, match.index),
    message: `${message}: ${match[0].trim().slice(0, 40)}`,
  }))
}

const size: Rule = (file) => {
  if (isGenerated(file) || !(isTypeScript(file) || isSolidity(file))) return []
  const lines = file.text.split('\n').length - 1
  return lines > LINES_MAX
    ? [{ rule: 'size', line: 0, message: `at most ${LINES_MAX} lines expected, got ${lines}` }]
    : []
}

/** Code that is long only by its literals cannot be broken: the formatter leaves it too. */
const columns: Rule = (file) => {
  if (isGenerated(file) || !isTypeScript(file)) return []
  const uncommented = file.scan?.uncommented.split('\n') ?? []
  const hollow = code(file).split('\n')
  return file.text.split('\n').flatMap((line, index) => {
    if (line.length <= COLUMNS_MAX || /https?:\/\//.test(line)) return []
    const commented = uncommented[index]?.trimEnd() !== line.trimEnd()
    const withoutLiterals = (hollow[index] ?? '').replace(/(?<=\S)\s{2,}/g, '')
    if (!commented && withoutLiterals.length <= COLUMNS_MAX) return []
    const message = `at most ${COLUMNS_MAX} columns expected, got ${line.length}`
    return [{ rule: 'columns', line: index + 1, message }]
  })
}

const opening: Rule = (file) =>
  isSource(file) && !/^(?:\/\*\*|\/\/|\/\*)/.test(file.text)
    ? [{ rule: 'opening', line: 1, message: 'a comment that says what the file is expected' }]
    : []

const depth: Rule = (file) =>
  isSource(file) && file.path.split('/').length > 5
    ? [{ rule: 'depth', line: 0, message: 'at most one folder below src expected' }]
    : []

const PURE = /^packages\/(?:primitives|consensus)\/src\//
const IMPURE =
  /\bDate\b|\bMath\s*\.\s*random\b|\bset(?:Timeout|Interval|Immediate)\b|\bperformance\s*\.|\bprocess\s*\./g

const pure: Rule = (file) =>
  PURE.test(file.path)
    ? matches('pure', code(file), IMPURE, 'clock or randomness in a pure package')
    : []

const testRun: Rule = (file) =>
  /(?:^packages\/[^/]+\/test\/|^bench\/test\/|^scripts\/).*\.test\.ts$/.test(file.path) &&
  !/^\w+\.run\(\)\s*$/m.test(code(file))
    ? [{ rule: 'test-run', line: 0, message: 'test.run() is missing: no test would run' }]
    : []

const throwError: Rule = (file) =>
  isTypeScript(file)
    ? matches(
        'throw',
        code(file),
        /\bthrow\s+new\s+Error\s*\(/g,
        'VecheError, assert or Refusal expected',
      )
    : []

/** Empty means empty: a comment that gives the reason is allowed. */
const emptyCatch: Rule = (file) =>
  isTypeScript(file)
    ? matches(
        'catch',
        file.scan?.uncommented === undefined ? '' : file.text,
        /\bcatch\s*(?:\([^)]*\)\s*)?\{\s*\}/g,
        'a handled failure or its reason expected',
      ).filter(({ line }) => /\bcatch\b/.test(code(file).split('\n')[line - 1] ?? ''))
    : []

const leftOpen: Rule = (file) => [
  ...(isTypeScript(file) || isSolidity(file)
    ? matches('left-open', file.text, /\b(?:TOD[O]|FIXM[E]|XX[X])\b/g, 'finished work expected')
    : []),
  ...(isSupport(file)
    ? matches(
        'left-open',
        code(file),
        /\b(?:test|suite)\s*\.\s*(?:only|skip)\b/g,
        'every test runs',
      )
    : []),
]

/** Folders of one machine; /tmp, /dev and the reader's own `/home/you` are nobody's. */
const MACHINE_PATH = /(?<![\w.~:/-])\/(?:home|Users|root|work)\/(?!you\b)[\w.-]+/g

const machinePath: Rule = (file) =>
  file.path.endsWith('package-lock.json')
    ? []
    : matches('machine-path', file.text, MACHINE_PATH, 'a path of one machine')

const lockFile: Rule = (file) =>
  file.path.endsWith('package-lock.json')
    ? matches(
        'lock',
        file.text,
        /"resolved": *"http[^"]*/g,
        'a lock file without addresses expected',
      ).slice(0, 1)
    : []

const RULES: readonly Rule[] = [
  size,
  columns,
  opening,
  depth,
  pure,
  testRun,
  throwError,
  emptyCatch,
  leftOpen,
  machinePath,
  lockFile,
]

/** Every violation of the rules about single files. */
export function checkFiles(files: readonly SourceFile[]): Violation[] {
  return files.flatMap((file) =>
    RULES.flatMap((rule) => rule(file).map((found) => ({ ...found, path: file.path }))),
  )
}
