import type { CourierOptions } from '../contract/courier.ts';
import type { RegistryOptions } from '../contract/registry.ts';
import type { ServicePlan } from '../contract/plan.ts';
import type { createAcmeModule } from './acme-module.ts';
import type { createAdminModule } from './admin-module.ts';
import type { createCourierModule } from './courier-module.ts';
import type { createRegistryModule } from './registry-module.ts';

/** The makers of the house's own services; null where this worker does not serve that one. */
export interface OwnModules {
  readonly admin: typeof createAdminModule | null;
  readonly registry: typeof createRegistryModule | null;
  readonly acme: typeof createAcmeModule | null;
  readonly courier: typeof createCourierModule | null;
}

/** Loads those of the types given, each of which has a process of its own. */
export async function loadOwnModules(
  types: ReadonlySet<string>,
  services: readonly Pick<ServicePlan, 'type' | 'options'>[] = [],
): Promise<OwnModules> {
  return {
    admin: types.has('admin') ? (await import('./admin-module.ts')).createAdminModule : null,
    registry: types.has('registry') ? await loadRegistry(services) : null,
    acme: types.has('acme') ? (await import('./acme-module.ts')).createAcmeModule : null,
    courier: types.has('courier') ? await loadCourier(services) : null,
  };
}

/** With what makes certificates, where it will have to. */
async function loadRegistry(
  services: readonly Pick<ServicePlan, 'type' | 'options'>[],
): Promise<typeof createRegistryModule> {
  const [{ createRegistryModule }, { loadCertificateMakers }] = await Promise.all([
    import('./registry-module.ts'),
    import('../registry/acme-keeper.ts'),
  ]);
  const options = services.find(({ type }) => type === 'registry')?.options as unknown as RegistryOptions | undefined;
  if (Object.keys(options?.acme ?? {}).length > 0) await loadCertificateMakers();
  return createRegistryModule;
}

/** With the kinds of deliveries that it will need. */
async function loadCourier(
  services: readonly Pick<ServicePlan, 'type' | 'options'>[],
): Promise<typeof createCourierModule> {
  const { createCourierModule, loadTargets } = await import('./courier-module.ts');
  const courier = services.find(({ type }) => type === 'courier');
  await loadTargets(courier?.options as unknown as CourierOptions);
  return createCourierModule;
}
