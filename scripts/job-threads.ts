/** Jobs on threads, one after another as they come: what the explorer and Twins scripts share. */
import { parentPort, Worker, workerData } from 'node:worker_threads'

export interface Spent {
  /** place in the list of jobs */
  readonly index: number
  readonly wallMs: number
  /** of the thread alone: what matters on a machine that is shared */
  readonly cpuMs: number
}

/** In a thread: performs the jobs it is given the indices of. */
export function serveJobs<J, R extends object>(perform: (job: J) => R | Promise<R>): void {
  const jobs = workerData as readonly J[]
  parentPort?.on('message', async (index: number) => {
    const startedAt = performance.now()
    const cpu = process.threadCpuUsage()
    const result = await perform(jobs[index] as J)
    const { user, system } = process.threadCpuUsage(cpu)
    const wallMs = performance.now() - startedAt
    parentPort?.postMessage({ ...result, index, wallMs, cpuMs: (user + system) / 1000 })
  })
}

export interface JobsOptions<J, F> {
  /** the script whose threads call {@link serveJobs} */
  readonly script: string
  readonly jobs: readonly J[]
  readonly threads: number
  /** heap of one thread, MiB; default: Node's */
  readonly heapMiB?: number
  readonly onFinished: (finished: F) => void
}

/** Runs all jobs, the first ones first; rejects when a thread fails. */
export function runJobs<J, F extends Spent>(options: JobsOptions<J, F>): Promise<F[]> {
  const { script, jobs, threads, heapMiB, onFinished } = options
  return new Promise((resolve, reject) => {
    const finished: F[] = []
    let given = 0
    for (let i = 0; i < Math.min(threads, jobs.length); i++) {
      const worker = new Worker(new URL(script), {
        workerData: jobs,
        ...(heapMiB === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: heapMiB } }),
      })
      worker.on('error', reject)
      worker.on('message', (result: F) => {
        finished.push(result)
        onFinished(result)
        if (given < jobs.length) worker.postMessage(given++)
        else void worker.terminate()
        if (finished.length === jobs.length) resolve(finished)
      })
      worker.postMessage(given++)
    }
  })
}
