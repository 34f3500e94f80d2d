/** Certificates and tokens for tests, by openssl(1). */
import { execFileSync } from 'node:child_process';
import { createPrivateKey, sign, X509Certificate } from 'node:crypto';
import fs from 'node:fs';

export interface Pki {
  readonly ca: string;
  readonly server: { readonly cert: string; readonly key: string };
  readonly client: { readonly cert: string; readonly key: string };
}

const openssl = (...args: string[]): void => {
  execFileSync('openssl', args, { stdio: 'ignore' });
};

/** An authority, a server's certificate for 127.0.0.1 and a client's, in `folder`. */
export function makePki(folder: string): Pki {
  fs.mkdirSync(folder);
  const ca = `${folder}/ca.pem`;
  const caKey = `${folder}/ca.key`;
  const rsa = ['-newkey', 'rsa:2048', '-nodes'];
  openssl('req', '-x509', ...rsa, '-keyout', caKey, '-out', ca, '-days', '2', '-subj', '/CN=ca');
  const issue = (name: string): { cert: string; key: string } => {
    const [cert, key, csr, ext] = ['pem', 'key', 'csr', 'ext'].map(
      (end) => `${folder}/${name}.${end}`,
    );
    fs.writeFileSync(ext!, 'subjectAltName=IP:127.0.0.1,DNS:localhost\n');
    openssl('req', ...rsa, '-keyout', key!, '-out', csr!, '-subj', `/CN=${name}`);
    const signed = ['-CA', ca, '-CAkey', caKey, '-CAcreateserial', '-extfile', ext!];
    openssl('x509', '-req', '-in', csr!, '-out', cert!, '-days', '2', ...signed);
    return { cert: cert!, key: key! };
  };
  return { ca, server: issue('server'), client: issue('client') };
}

export interface Grant {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
}

/** A token as distribution's registry takes it: RS256, its certificate in the header. */
export function makeToken(pki: Pki, service: string, access: readonly Grant[]): string {
  const chain = new X509Certificate(fs.readFileSync(pki.server.cert)).raw.toString('base64');
  const now = Math.floor(Date.now() / 1000);
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const head = part({ typ: 'JWT', alg: 'RS256', x5c: [chain] });
  const body = part({ iss: 'test', sub: 'u', aud: service, exp: now + 300, nbf: now - 60, access });
  const key = createPrivateKey(fs.readFileSync(pki.server.key));
  const signature = sign('sha256', Buffer.from(`${head}.${body}`), key).toString('base64url');
  return `${head}.${body}.${signature}`;
}
