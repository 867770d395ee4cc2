/**
 * Where the memory of a node is, as its own metrics tell: V8's heap, what lies outside it (buffers
 * of sockets and messages), and what is neither.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** MiB of one process. */
export interface MemoryParts {
  readonly rss: number
  readonly heap: number
  /** of the heap, what was live or not yet collected */
  readonly heapUsed: number
  readonly external: number
}

const MIB = 1024 * 1024

function mibOf(text: string, name: string): number {
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? 0) / MIB
}

/** Undefined for a node without metrics. */
export async function memoryOf(dataDir: string, name: string): Promise<MemoryParts | undefined> {
  const config = JSON.parse(readFileSync(join(dataDir, name, 'config.json'), 'utf8')) as {
    metrics?: { port: number }
  }
  if (config.metrics === undefined) return undefined
  const answer = await fetch(`http://127.0.0.1:${config.metrics.port}/metrics`)
  const text = await answer.text()
  return {
    rss: Math.round(mibOf(text, 'process_resident_memory_bytes')),
    heap: Math.round(mibOf(text, 'nodejs_heap_size_total_bytes')),
    heapUsed: Math.round(mibOf(text, 'nodejs_heap_size_used_bytes')),
    external: Math.round(mibOf(text, 'nodejs_external_memory_bytes')),
  }
}
