import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jpmml.evaluator.Evaluator;
import org.jpmml.evaluator.EvaluatorUtil;
import org.jpmml.evaluator.InputField;
import org.jpmml.evaluator.LoadingModelEvaluatorBuilder;

/**
 * What JPMML answers: for each NAME.pmml of a folder with its rows in NAME.tsv (a header, then values; an empty cell is
 * missing), NAME.expected.tsv of the same number of lines. A cell is text, a number with a type before it (d:, f:, i:),
 * or empty; a row that is refused is one cell that begins with an exclamation mark.
 */
public class Reference {
  public static void main(String[] args) throws Exception {
    File[] models = new File(args[0]).listFiles((folder, name) -> name.endsWith(".pmml"));
    for (File model : models) {
      String stem = model.getPath().substring(0, model.getPath().length() - ".pmml".length());
      List<String> lines = Files.readAllLines(Path.of(stem + ".tsv"));
      Files.write(Path.of(stem + ".expected.tsv"), answers(model, lines));
    }
  }

  private static List<String> answers(File model, List<String> lines) {
    List<String> answers = new ArrayList<>();
    try {
      Evaluator evaluator = new LoadingModelEvaluatorBuilder().load(model).build();
      String[] header = lines.get(0).split("\t", -1);
      for (String line : lines.subList(1, lines.size())) answers.add(answer(evaluator, header, line.split("\t", -1), answers));
    } catch (Throwable error) {
      answers.clear();
      answers.add("!!" + error.getClass().getSimpleName() + ": " + clean(String.valueOf(error.getMessage())));
    }
    return answers;
  }

  private static String answer(Evaluator evaluator, String[] header, String[] cells, List<String> answers) {
    try {
      Map<String, Object> arguments = new LinkedHashMap<>();
      for (InputField field : evaluator.getInputFields()) {
        int at = List.of(header).indexOf(field.getName());
        String cell = at < 0 || cells[at].isEmpty() ? null : cells[at];
        arguments.put(field.getName(), field.prepare(cell));
      }
      StringBuilder row = new StringBuilder();
      for (Map.Entry<String, ?> result : EvaluatorUtil.decodeAll(evaluator.evaluate(arguments)).entrySet()) {
        if (row.length() > 0) row.append('\t');
        row.append(clean(Objects.toString(result.getKey(), ""))).append('=').append(cell(result.getValue()));
      }
      return row.toString();
    } catch (RuntimeException error) {
      return "!" + error.getClass().getSimpleName() + ": " + clean(String.valueOf(error.getMessage()));
    }
  }

  private static String cell(Object value) {
    if (value instanceof Double) return "d:" + value;
    if (value instanceof Float) return "d:" + ((Float) value).doubleValue();
    if (value instanceof Number) return "d:" + value;
    return value == null ? "" : clean(value.toString());
  }

  private static String clean(String text) {
    return text.replaceAll("[\t\r\n]", " ");
  }
}
