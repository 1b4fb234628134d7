#!/usr/bin/env node
import { run } from './run.ts'

// Never process.exit(), which cuts a pipe at 64 KB.
process.exitCode = await run(process.argv.slice(2))
