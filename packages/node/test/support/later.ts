/**
 * Preloaded into a node (`NODE_OPTIONS=--import`): its wall clock runs ahead by LATER_MS_OF_TEST,
 * so that a network which was stopped for an hour of testing wakes up days later.
 */
const laterMs = Number(process.env['LATER_MS_OF_TEST'] ?? 0)
const now = Date.now

Date.now = () => now() + laterMs
