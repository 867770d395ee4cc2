/** Writes docs/errors.md from docs/errors/*.md. Part of `npm run generate`. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { joinErrorPages } from './tidy/codes.ts'
import { readTree } from './tidy/tree.ts'

const root = join(import.meta.dirname, '..')
writeFileSync(join(root, 'docs', 'errors.md'), joinErrorPages(readTree(root)))
