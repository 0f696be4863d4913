// The library types its index alone.
declare module 'undici/lib/dispatcher/agent.js' {
  // biome-ignore lint/style/noDefaultExport: so the library has it
  export { Agent as default } from 'undici';
}
