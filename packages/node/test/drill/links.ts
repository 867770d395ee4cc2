/** Bad links between all nodes: lost packets, and packets that arrive late. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { P2P_PORT } from '../support/drill.ts'
import { pause, until } from '../support/until.ts'
import { RELAY_GROUP } from './net.ts'
import { describe } from './partitions.ts'
import type { Finding, Scenario } from './scenario.ts'
import {
  answering,
  gain,
  hold,
  NODES,
  recoverInTime,
  STEP_MS,
  VALIDATORS,
  type World,
} from './world.ts'

const LOSS = 0.3
const DELAY_MS = 200
const FAULT_MS = 20_000
const SETTLE_TIMEOUT_MS = 20_000

async function loss(world: World): Promise<Finding> {
  world.net.lose(LOSS)
  const blocks = await gain(world, NODES, FAULT_MS)
  const recovery = await recoverInTime(world, () => world.net.heal())
  return {
    checked: ['decides after the heal'],
    recoverySteps: recovery.steps,
    figures: { 'blocks during': blocks, ...describe(recovery) },
  }
}

async function peersAre(world: World, what: string, fits: (n: number) => boolean): Promise<void> {
  const counts = (): Promise<number[]> =>
    Promise.all(
      VALIDATORS.map(async (name) => Number(await world.drill.rpc(name, 'net_peerCount'))),
    )
  await until(what, async () => (await counts()).every(fits), SETTLE_TIMEOUT_MS)
}

const connected = (world: World): Promise<void> =>
  peersAre(world, 'connected again', (count) => count >= VALIDATORS.length - 1)

/** Ends every connection between nodes, so that the next ones take the way that stands now. */
async function reconnect(world: World): Promise<void> {
  world.net.reset()
  await peersAre(world, 'connections reset', (count) => count === 0)
  world.net.heal()
  await connected(world)
}

const netem = (device: string): string[] =>
  `tc qdisc add dev ${device} root netem delay ${DELAY_MS}ms`.split(' ')

/** Tries the first node's link; most distributions' kernels have netem. */
function addsNetem({ net }: World): boolean {
  if (net.device === undefined) return false
  const [program, ...args] = [...net.enter(NODES[0] as string), ...netem(net.device)]
  return spawnSync(program as string, args).status === 0
}

async function startRelay(world: World, name: string): Promise<ChildProcess> {
  const { net } = world
  const peers = NODES.filter((node) => node !== name)
  const routes = peers.map(
    (peer, i) => `${net.relayPort(name, i)}=${net.address(peer)}:${P2P_PORT}`,
  )
  const relay = join(import.meta.dirname, 'relay.ts')
  const [program, ...args] = [...net.enter(name), process.execPath, relay, `${DELAY_MS}`, ...routes]
  const child = spawn(program as string, args, {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    gid: RELAY_GROUP,
  })
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve())
    child.once('exit', () => reject(new RangeError(`the relay of ${name} ended`)))
  })
  for (const [i, peer] of peers.entries()) redirect(world, name, { peer, index: i })
  return child
}

/** Leads what a node opens to a peer through its relay. */
function redirect(
  { net }: World,
  name: string,
  { peer, index }: { readonly peer: string; readonly index: number },
): void {
  const match = `-p tcp -d ${net.address(peer)} --dport ${P2P_PORT}`
  const target = `-j REDIRECT --to-ports ${net.relayPort(name, index)}`
  const rule = `${match} ${net.senders(name).join(' ')} ${target}`
  net.exec(name, `iptables -t nat -A ${net.natChain} ${rule}`.split(' '))
}

type Way = 'netem' | 'relay'

/** Slows all links while `work` runs: by the kernel where it can, else by relays of our own. */
async function withDelay(world: World, work: (way: Way) => Promise<Finding>): Promise<Finding> {
  const { net } = world
  if (addsNetem(world)) {
    const device = net.device as string
    for (const name of NODES.slice(1)) net.exec(name, netem(device))
    try {
      return await work('netem')
    } finally {
      for (const name of NODES) net.exec(name, ['tc', 'qdisc', 'del', 'dev', device, 'root'])
    }
  }
  const relays = await Promise.all(NODES.map((name) => startRelay(world, name)))
  try {
    await reconnect(world)
    return await work('relay')
  } finally {
    for (const name of NODES) net.exec(name, ['iptables', '-t', 'nat', '-F', net.natChain])
    for (const relay of relays) relay.kill('SIGKILL')
    await connected(world)
  }
}

async function delay(world: World): Promise<Finding> {
  const finding = await withDelay(world, async (way) => {
    await pause(2 * STEP_MS)
    const blocks = await gain(world, NODES, FAULT_MS)
    hold(blocks > 0, 'the chain goes on with 200 ms between all nodes')
    const perStep = ((blocks * STEP_MS) / FAULT_MS).toFixed(1)
    return { checked: ['goes on'], figures: { 'blocks a step': perStep, by: way } }
  })
  hold(answering(world).length === NODES.length, 'all nodes run')
  return finding
}

export const links: readonly Scenario[] = [
  {
    name: 'loss',
    needs: 'packets',
    fault: '30 % of all packets between nodes are lost, 20 steps',
    run: loss,
  },
  {
    name: 'delay',
    needs: 'packets',
    fault: '200 ms of delay each way between all nodes, 20 steps',
    run: delay,
  },
]
