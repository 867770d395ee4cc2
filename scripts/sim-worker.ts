/**
 * One thread of a soak: runs what it is sent and answers with reports; null ends it. The file of
 * another machine comes as its `workerData`: functions do not travel between threads.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { type SimulationOptions, simulate } from '@veche/consensus/simulator'
import { installNativeCrypto } from '@veche/primitives/native'
import { loadMachine } from './sim-machine.ts'

await installNativeCrypto()
const file = workerData as string | null
const other = file === null ? {} : { machine: await loadMachine(file) }
parentPort?.on('message', (options: SimulationOptions | null) => {
  if (options === null) parentPort?.close()
  else parentPort?.postMessage(simulate({ ...options, ...other }))
})
