/** One solc in a thread: takes standard JSON inputs, answers standard JSON outputs, in order. */
import { parentPort } from 'node:worker_threads'
import solc from 'solc'

parentPort?.on('message', (input: string) => parentPort?.postMessage(solc.compile(input)))
