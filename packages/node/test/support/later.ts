/**
 * Preloaded into a node (`NODE_OPTIONS=--import`): its wall clock runs ahead by VECHE_TEST_LATER_MS,
 * so that a network which was stopped for an hour of testing wakes up days later.
 */
const laterMs = Number(process.env['VECHE_TEST_LATER_MS'] ?? 0)
const now = Date.now

Date.now = () => now() + laterMs
