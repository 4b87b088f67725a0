export { UpstreamsModule } from './upstreams.module.js';
export { Upstreams } from './upstreams.service.js';
