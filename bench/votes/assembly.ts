/** The processes of one run of the vote bench: started, connected, told what to measure, ended. */
import { type ChildProcess, fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { VecheError } from '@veche/primitives'
import type { Answer, Measured, Order, Plan, Window } from './protocol.ts'

export interface AssemblyOptions {
  readonly validators: number
  readonly stepSeconds: number
  readonly intervalMs: number
  readonly store: Plan['store']
  /** root of the checkout whose validators run */
  readonly root: string
}

export interface Assembly {
  measure(window: Window): Promise<Measured[]>
  stop(): Promise<void>
}

interface Member {
  readonly child: ChildProcess
  next(): Promise<Answer>
}

/** answers that no order has asked for yet wait in a queue */
function startMember(root: string, plan: Plan): Member {
  const script = join(root, 'bench', 'votes', 'validator.ts')
  const child = fork(script, [JSON.stringify(plan)], { stdio: ['ignore', 'ignore', 2, 'ipc'] })
  const answers: Answer[] = []
  let wake: (() => void) | undefined
  const add = (answer: Answer): void => {
    answers.push(answer)
    wake?.()
  }
  child.on('message', (message) => add(message as Answer))
  // a message to a child that has just died; its exit is told below
  child.on('error', () => undefined)
  child.on('exit', (code) => add({ kind: 'failed', reason: `exit code ${code}` }))
  return {
    child,
    async next() {
      while (answers.length === 0)
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      return answers.shift() as Answer
    },
  }
}

async function expectAnswer<K extends Answer['kind']>(
  member: Member,
  kind: K,
): Promise<Extract<Answer, { kind: K }>> {
  const answer = await member.next()
  if (answer.kind === kind) return answer as Extract<Answer, { kind: K }>
  const reason = answer.kind === 'failed' ? answer.reason : answer.kind
  throw new VecheError('BENCH_FAILED', `${kind} expected of a validator, got ${reason}`)
}

const tell = (member: Member, order: Order): void => void member.child.send(order)

async function stopMember({ child }: Member): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = new Promise((resolve) => child.once('exit', resolve))
  if (child.connected) child.send({ kind: 'end' } satisfies Order)
  const timer = setTimeout(() => child.kill('SIGKILL'), 5_000)
  await exited
  clearTimeout(timer)
}

/**
 * One after the other starts and dials those that started before: 25 processes that start at once
 * on two cores only time each other out. Resolves when all are connected to all.
 */
async function startAll(plans: readonly Plan[], root: string, members: Member[]): Promise<void> {
  const addresses: string[] = []
  for (const plan of plans) {
    const member = startMember(root, plan)
    members.push(member)
    const listening = await expectAnswer(member, 'listening')
    tell(member, { kind: 'dial', addresses: [...addresses] })
    await expectAnswer(member, 'connected')
    addresses.push(listening.addresses[0] as string)
  }
}

export async function openAssembly(options: AssemblyOptions): Promise<Assembly> {
  const { validators, stepSeconds, intervalMs, store, root } = options
  const directory = mkdtempSync(join(tmpdir(), 'veche-votes-'))
  const nowSeconds = Math.floor(Date.now() / 1000)
  const genesisSeconds = nowSeconds - (nowSeconds % stepSeconds)
  const members: Member[] = []
  const plans = Array.from({ length: validators }, (_, index) => ({
    ...{ index, validators, genesisSeconds, stepSeconds, intervalMs, store },
    directory: join(directory, `validator-${index}`),
  }))
  const stop = async (): Promise<void> => {
    await Promise.all(members.map(stopMember))
    rmSync(directory, { recursive: true, force: true })
  }
  try {
    await startAll(plans, root, members)
  } catch (error) {
    await stop()
    throw error
  }
  return {
    async measure(window) {
      for (const member of members) tell(member, { kind: 'go', window })
      const answers = await Promise.all(members.map((each) => expectAnswer(each, 'measured')))
      return answers.map(({ measured }) => measured)
    },
    stop,
  }
}
