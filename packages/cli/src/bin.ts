#!/usr/bin/env node
import { main } from "./main.js"

const interrupt = new AbortController()
for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => interrupt.abort())
process.exitCode = await main(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  isTty: process.stdout.isTTY === true,
  columns: process.stdout.columns || 100,
  cwd: process.cwd(),
  env: process.env,
  signal: interrupt.signal,
})
