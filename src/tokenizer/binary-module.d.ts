declare module '*.bin' {
  const bytes: ArrayBuffer;
  // oxlint-disable-next-line import/no-default-export -- that is how the platform hands over a module of data
  export default bytes;
}
