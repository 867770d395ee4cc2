/** The two functions of npm `solc` that this package uses; it ships no types. */
declare module 'solc' {
  const solc: {
    version(): string
    /** standard JSON in and out; every source is in the input */
    compile(input: string): string
  }
  export default solc
}
