package io.knarr.cli;

import picocli.CommandLine.IVersionProvider;

/** The version in this jar's manifest. */
final class KnarrVersion implements IVersionProvider {
    @Override
    public String[] getVersion() {
        String version = KnarrVersion.class.getPackage().getImplementationVersion();
        return new String[] {"knarr " + (version == null ? "(not packaged)" : version)};
    }
}
