// Runs turbo with its telemetry off, the same way in every shell.
import { createRequire } from 'node:module'

process.env.TURBO_TELEMETRY_DISABLED = '1'
createRequire(import.meta.url)('turbo/bin/turbo')
