/**
 * A city in a box from start to stop: files on the first run, processes, first final block,
 * documents, summary, and then running until a signal. Returns the exit code.
 */
import { resolve } from 'node:path'
import { VecheError } from '@veche/primitives'
import { type City, openCity } from './city.ts'
import { type DocumentsSummary, issueDocuments } from './documents.ts'
import { formatTable } from './table.ts'

export interface CityOptions {
  readonly dataDir: string
  readonly validators: number
  readonly observers: number
  readonly rpcPort: number
  readonly documents?: string
  readonly limit?: number
  readonly exitAfterLoad: boolean
  readonly json: boolean
}

/** The closing summary, one JSON object with `--json`. */
export interface CitySummary extends DocumentsSummary {
  readonly head: { readonly number: number; readonly hash: string }
  readonly rpcUrl: string
}

interface Stop {
  readonly requested: Promise<string>
  readonly signal: AbortSignal
}

/** The first signal asks for an orderly stop, the second ends at once. */
function stopOnSignals(): Stop {
  const controller = new AbortController()
  const requested = new Promise<string>((resolveStop) => {
    const onSignal = (signal: NodeJS.Signals): void => {
      if (controller.signal.aborted) process.exit(130)
      controller.abort()
      resolveStop(signal)
    }
    process.on('SIGINT', onSignal)
    process.on('SIGTERM', onSignal)
  })
  return { requested, signal: controller.signal }
}

export async function runCity(options: CityOptions): Promise<number> {
  // with --json stdout holds nothing but the result
  const say = (text: string): void =>
    void (options.json ? process.stderr : process.stdout).write(text)
  const stop = stopOnSignals()
  const city = await openCity({ ...options, dataDir: resolve(options.dataDir), say })
  let outcome: Outcome
  try {
    outcome = await work(city, { ...options, say, stop })
  } finally {
    say('stopping …\n')
    await city.stop()
    say('stopped: every process has ended\n')
  }
  // last of all, so that the last line is the result even where both streams go to one place
  if (outcome.closing !== undefined) process.stdout.write(`${JSON.stringify(outcome.closing)}\n`)
  return outcome.exitCode
}

interface Outcome {
  readonly exitCode: number
  /** printed when everything has stopped */
  readonly closing?: CitySummary
}

interface WorkOptions extends CityOptions {
  readonly say: (text: string) => void
  readonly stop: Stop
}

async function work(city: City, options: WorkOptions): Promise<Outcome> {
  const { say, stop } = options
  const crashed = city.failed.then((name) => {
    if (!stop.signal.aborted)
      throw new VecheError('NODE_FAILED', `process ${name} ended by itself; see its log`, {
        facts: { log: city.logFile(name) },
      })
  })
  const head = await Promise.race([city.firstFinalBlock(), crashed])
  if (head === undefined) return { exitCode: 130 }
  say(`final: block ${head.number} ${head.hash}\n`)
  const documents = await Promise.race([
    issueDocuments(city, { ...options, signal: stop.signal }),
    crashed,
  ])
  if (documents === undefined || stop.signal.aborted) return { exitCode: 130 }
  const summary: CitySummary = {
    ...documents,
    head: await city.head(),
    rpcUrl: city.rpcUrl,
  }
  const { json, exitAfterLoad } = options
  if (exitAfterLoad && json) return { exitCode: 0, closing: summary }
  if (json) process.stdout.write(`${JSON.stringify(summary)}\n`)
  else say(formatTable(summary))
  if (exitAfterLoad) return { exitCode: 0 }
  say(`running at ${city.rpcUrl}; Ctrl-C stops every process\n`)
  await Promise.race([stop.requested, crashed])
  return { exitCode: 0 }
}
