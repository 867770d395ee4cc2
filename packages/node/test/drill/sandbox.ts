/**
 * The place where the drills run: a new network, mount and process namespace, made by unshare(1).
 * Everything inside (namespaces of the nodes, their links, small file systems, processes) belongs
 * to it, so the kernel removes it all when the drill ends or dies, and nothing outside can be hit.
 */
import { spawn, spawnSync } from 'node:child_process'

/** Says to the process inside that it is inside; nodes read every VECHE_* as an option. */
const INSIDE = 'INSIDE_VECHE_DRILL'

const UNSHARE = [
  'unshare',
  ...['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'],
] as const

/** needs what it tries: namespaces, links, and the packet filter with its owner and chance rules */
const PROBE = `
set -e
mkdir -p /run/netns && mount -t tmpfs none /run/netns
ip netns add probe
ip link add probe0 type veth peer name eth0 netns probe
nsenter --net=/run/netns/probe iptables -A INPUT \\
  -m statistic --mode random --probability 0.5 -j DROP
`

export function isInside(): boolean {
  return process.env[INSIDE] === '1'
}

/** Why no sandbox can be made here; undefined when one can. */
export function whyNoSandbox(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces are a feature of Linux'
  const [command, ...args] = [...UNSHARE, 'bash', '-c', PROBE]
  const tried = spawnSync(command as string, args, { encoding: 'utf8' })
  if (tried.status === 0) return undefined
  const said = tried.error?.message ?? tried.stderr.trim().split('\n').at(-1)
  return `network namespaces are refused (${said})`
}

/**
 * Runs this very command again inside; resolves with its exit code. The inner process ends with
 * this one: unshare kills it, and it sees its IPC channel close.
 */
export function enterSandbox(): Promise<number> {
  const [command, ...args] = [...UNSHARE, process.execPath, ...process.argv.slice(1)]
  const child = spawn(command as string, args, {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, [INSIDE]: '1' },
  })
  const end = (): void => void child.kill('SIGKILL')
  process.once('exit', end)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => process.exit(130))
  return new Promise((resolve) => {
    child.once('error', () => resolve(1))
    child.once('close', (code) => resolve(code ?? 1))
  })
}

/** Inside: ends the process, and with it everything, when the one outside is gone. */
export function endWithOutside(): void {
  process.once('disconnect', () => process.exit(1))
}
