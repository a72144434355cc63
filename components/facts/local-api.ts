/**
 * URL of the API as every machine of the cluster reaches it: on a control-plane machine its own API server, on a worker the balancer in
 * front of all of them (assets/config/api-balancer.cfg). It is in the certificate of every API server.
 */
export const localApiServer = "https://127.0.0.1:6443";
