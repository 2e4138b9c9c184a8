package io.knarr.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Unmatched;

/** {@code knarr bench}, as the help shows it. The benches parse their own arguments. */
@Command(
        name = "bench",
        description = {
            "Measure: 'bench server' under load, 'bench tenants' with many accounts, 'bench cold' from disk,",
            "'bench query' filters of each kind, 'bench engine' the search engine alone beside other libraries; 'bench data' makes vectors for it."
        },
        footer = "Their options: knarr bench server --help")
final class BenchCommand implements Callable<Integer> {
    @Parameters(
            index = "0",
            paramLabel = "NAME",
            description = "server, tenants, engine, query, churn, updates, cold or data.")
    private String name = "";

    @Unmatched
    private List<String> arguments = new ArrayList<>();

    @Override
    public Integer call() {
        return Main.bench(name, arguments);
    }
}
