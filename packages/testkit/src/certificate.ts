// Certificates for tests, made by the command openssl. Good for two days.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

interface SelfSigned {
  readonly key: string
  readonly cert: string
}

/**
 * A self-signed certificate for names and 127.0.0.1, and its key, both as PEM.
 * @param about the subject as openssl writes it, `/` for none; default: the first name
 */
export function selfSigned(
  names: string | readonly string[] = 'localhost',
  digest: 'sha256' | 'sha384' = 'sha256',
  about?: string,
): SelfSigned {
  const all = [names].flat()
  const folder = mkdtempSync(join(tmpdir(), 'certificate-'))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  const subject = ['-subj', about ?? `/CN=${all[0]}`, '-addext', `subjectAltName=IP:127.0.0.1,${all.map((name) => `DNS:${name}`).join()}`]
  try {
    execFileSync('openssl', ['req', '-x509', `-${digest}`, '-days', '2', ...curve, ...subject, '-keyout', key, '-out', cert], {
      stdio: 'ignore',
    })
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
