import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { readAssembly, type StackTemplate } from '@breakwater/emulator'

/** The CDK app of the reference stack, seen from `src` as well as from `dist`. */
const app = fileURLToPath(new URL('../../../infra/bin/app.ts', import.meta.url))

/** A synthesised app; `discard` deletes its folder. */
export interface Synthesis {
  readonly stacks: readonly StackTemplate[]
  discard(): Promise<void>
}

/**
 * Synthesises the reference stack into a temporary folder: offline, without the CDK's command line.
 *
 * @param context the app's settings.
 * @throws Error with the output of the app where it could not be synthesised.
 */
export async function synthesise(context: Readonly<Record<string, string>>): Promise<Synthesis> {
  const folder = await mkdtemp(join(tmpdir(), 'breakwater-synth-'))
  const discard = () => rm(folder, { recursive: true, force: true })
  try {
    await promisify(execFile)(process.execPath, ['--conditions=@breakwater/source', app], {
      env: {
        ...process.env,
        CDK_OUTDIR: folder,
        CDK_CONTEXT_JSON: JSON.stringify(context),
        // The CDK's own rules are for what is deployed (`npm run synth`); loading them takes a third of a synthesis.
        CDK_VALIDATION: 'false',
      },
    })
    return { stacks: readAssembly(folder), discard }
  } catch (error) {
    await discard()
    const message = (error as { stderr?: string }).stderr?.trim()
    throw new Error(`the stacks could not be synthesised: ${message || (error as Error).message}`)
  }
}
