#!/usr/bin/env node
// Reads vitest's JSON report for `.ci/run`: `failed FILE` prints the files with failed tests, one a line; `counts FILE` prints how many
// tests passed and failed; `merge FILE LATER` puts the results of a later run of some files in place of theirs.

import { readFileSync, writeFileSync } from 'node:fs'
import { relative } from 'node:path'

/** @typedef {{ name: string, status: string, assertionResults: { status: string }[] }} ReportedFile */
/** @typedef {{ testResults: ReportedFile[] }} Report */

const [command, path = '', later = ''] = process.argv.slice(2)
if (command === 'failed') {
  for (const file of reportIn(path).testResults) if (file.status === 'failed') console.log(relative('.', file.name))
} else if (command === 'counts') {
  const results = reportIn(path).testResults.flatMap((file) => file.assertionResults)
  console.log(countOf(results, 'passed'), countOf(results, 'failed'))
} else if (command === 'merge') {
  const again = new Map(reportIn(later).testResults.map((file) => [file.name, file]))
  const report = reportIn(path)
  writeFileSync(path, JSON.stringify({ ...report, testResults: report.testResults.map((file) => again.get(file.name) ?? file) }))
} else {
  console.error('usage: test-report.mjs failed|counts FILE, or merge FILE LATER')
  process.exitCode = 2
}

/**
 * @param {string} file
 * @returns {Report}
 */
function reportIn(file) {
  return JSON.parse(readFileSync(file, 'utf8'))
}

/**
 * @param {{ status: string }[]} results
 * @param {string} status
 */
function countOf(results, status) {
  return results.filter((each) => each.status === status).length
}
