/** The lab's own image: curl, dig and a small web server that tells its pod's name. */
export const testImage = "docker.io/library/hardway-test:1";

export const labels = (app: string) => ({ app });

/** A namespace that lets in only pods that need nothing special. */
export const namespace = (name: string) => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name, labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
});

/** The spec of a pod that runs one command of the test image as an ordinary user. */
export const testPod = (command: readonly string[], container: object = {}) => ({
  terminationGracePeriodSeconds: 1,
  securityContext: {
    runAsNonRoot: true,
    runAsUser: 1000,
    seccompProfile: { type: "RuntimeDefault" },
  },
  containers: [
    {
      name: "main",
      image: testImage,
      command,
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
      ...container,
    },
  ],
});
