package io.knarr.cli.demo;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * One account of the demo, and what it asks.
 *
 * @param account the account's id
 * @param category the WordNet category whose entries it keeps
 * @param subject that category in words
 * @param questions what it asks, in plain words
 */
record Trader(String account, String category, String subject, List<Question> questions) {
    /**
     * A question and the word that a good answer names.
     *
     * @param text the question; it does not hold the word
     * @param expected the word
     */
    record Question(String text, String expected) {}

    Trader {
        questions = List.copyOf(questions);
    }

    /** Returns the three traders whose goods this hull carries. */
    static List<Trader> all() {
        return List.of(
                new Trader(
                        "naturalist",
                        "05",
                        "animals",
                        List.of(
                                new Question("a small wild cat with tufted ears", "lynx"),
                                new Question("the largest animal that has ever lived in the sea", "blue whale"),
                                new Question("a bird of the frozen south that swims but cannot fly", "penguin"),
                                new Question("insect kept in hives by people", "honeybee"),
                                new Question("reptile that changes its colour to hide", "chameleon"),
                                new Question("rodent that builds dams across rivers", "beaver"),
                                new Question("spotted African animal with a very long neck", "giraffe"),
                                new Question("fish that swims up rivers to spawn", "salmon"),
                                new Question("poisonous spider with a red mark on its belly", "black widow"),
                                new Question("the child of a sheep", "lamb"))),
                new Trader(
                        "kitchen",
                        "13",
                        "food and drink",
                        List.of(
                                new Question("raw fish and rice rolled in seaweed", "sushi"),
                                new Question("what bees make, sweet and golden", "honey"),
                                new Question("cold Spanish soup of tomatoes", "gazpacho"),
                                new Question("Mexican dip made from avocados", "guacamole"),
                                new Question("very strong coffee in a small cup", "espresso"),
                                new Question("a grape that was dried in the sun", "raisin"),
                                new Question("snack eaten at the cinema, corn that bursts when heated", "popcorn"),
                                new Question("sweet paste of almonds", "marzipan"),
                                new Question("sour liquid that wine turns into", "vinegar"),
                                new Question("thin batter fried on both sides for breakfast", "pancake"))),
                new Trader(
                        "harbour",
                        "06",
                        "things made by people",
                        List.of(
                                new Question("it keeps a ship from drifting away", "anchor"),
                                new Question("you look through it to see the stars", "telescope"),
                                new Question("tells sailors where north is", "compass"),
                                new Question("boat that travels under the water", "submarine"),
                                new Question("it opens a bottle of wine", "corkscrew"),
                                new Question("keeps you dry in the rain, and folds up", "umbrella"),
                                new Question("slows the fall of somebody who jumps from an aeroplane", "parachute"),
                                new Question("two wheels, pedals and no engine", "bicycle"),
                                new Question("measures how hot or cold it is", "thermometer"),
                                new Question("narrow boat moved with a paddle", "canoe"))));
    }

    /** Returns the words that the questions are about. */
    Set<String> expectedWords() {
        return questions.stream().map(Question::expected).collect(Collectors.toUnmodifiableSet());
    }
}
