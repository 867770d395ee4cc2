/** The two functions of npm `solc` that this package uses; it ships no types. */
declare module 'solc' {
  const solc: {
    version(): string
    compile(input: string, callbacks: { import(path: string): { contents: string } }): string
  }
  export default solc
}
