import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CompilerState, Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor'
import { root } from '../src/imports.ts'
import type { Entry } from './entries.ts'

/** The public surface of an entry point. */
export interface Surface {
  readonly entry: Entry
  /** All exported declarations without their comments, as a Markdown page. */
  readonly report: string
  /** Types that its declarations name and that no entry point of its package exports. */
  readonly forgotten: readonly string[]
}

/** The folder of the reports that stand in the repository. */
export const reportFolder = join(root, 'docs/api')

const silent = { logLevel: ExtractorLogLevel.None }

function configOf({ folder, declarations, report }: Entry, to: string): ExtractorConfig {
  return ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: join(folder, 'package.json'),
    configObject: {
      projectFolder: folder,
      mainEntryPointFilePath: declarations,
      // TypeScript 7 has no API; this is the version that API Extractor brings, which reads the same declarations.
      compiler: {
        overrideTsconfig: {
          compilerOptions: {
            target: 'es2024',
            lib: ['es2024'],
            types: ['node'],
            typeRoots: [join(root, 'node_modules/@types')],
            module: 'nodenext',
            strict: true,
            skipLibCheck: true,
          },
          files: [declarations],
        },
      },
      newlineKind: 'lf',
      apiReport: {
        enabled: true,
        reportFolder: to,
        reportTempFolder: join(to, 'temp'),
        reportFileName: report,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        compilerMessageReporting: { default: silent },
        tsdocMessageReporting: { default: silent },
        extractorMessageReporting: {
          default: silent,
          // Collected by the callback; the report itself stays as it is.
          'ae-forgotten-export': { logLevel: ExtractorLogLevel.Warning, addToApiReportFile: false },
        },
      },
    },
  })
}

/** The reports of entry points, from their emitted declarations. One program reads them all: half of the time is that. */
export function surfacesOf(entries: readonly Entry[]): Surface[] {
  const to = mkdtempSync(join(tmpdir(), 'api-'))
  mkdirSync(join(to, 'temp'))
  try {
    const configs = entries.map(entry => configOf(entry, to))
    const compilerState = CompilerState.create(configs[0]!, {
      additionalEntryPoints: entries.map(({ declarations }) => declarations),
    })
    const surfaces = entries.map((entry, index) => {
      const forgotten: string[] = []
      Extractor.invoke(configs[index]!, {
        localBuild: true,
        compilerState,
        messageCallback(message) {
          message.handled = true
          const name = /symbol "([^"]+)"/.exec(message.text)?.[1]
          if (message.messageId === 'ae-forgotten-export' && name) forgotten.push(name)
        },
      })
      return {
        entry,
        report: readFileSync(join(to, `${entry.report}.api.md`), 'utf8'),
        forgotten: forgotten.sort(),
      }
    })
    // A type may be exported by another entry point of the package: circuit/testing names those of circuit.
    return surfaces.map(surface => {
      const siblings = surfaces.filter(({ entry }) => entry.folder === surface.entry.folder)
      const exported = siblings.flatMap(({ report }) => exportsOf(report))
      return { ...surface, forgotten: surface.forgotten.filter(name => !exported.includes(name)) }
    })
  } finally {
    rmSync(to, { recursive: true })
  }
}

/** The names that a report says are exported. */
function exportsOf(report: string): string[] {
  const declared = report.matchAll(
    /^export (?:declare |abstract )*(?:class|const|enum|function|interface|type) (\w+)/gm,
  )
  return Array.from(declared, match => match[1]!)
}

/** The reports that stand in the repository, by name. */
export function storedReports(): Map<string, string> {
  const files = readdirSync(reportFolder).filter(file => file.endsWith('.api.md'))
  return new Map(
    files.map(file => [file.slice(0, -'.api.md'.length), readFileSync(join(reportFolder, file), 'utf8')]),
  )
}
