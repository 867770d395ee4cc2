/** The door of Twins. test/exports.test.ts holds this list literally. */
export { runTwins, type TwinsOptions, type TwinsReport } from './twins.ts'
